import { AppError, type Upload } from "@winnow/contracts";
import { appendBytes, finishFile, receivedBytes, storedPath } from "@winnow/storage";
import {
  completeUpload,
  readUpload,
  type Store,
  type StoredUpload,
  type UploadLock,
  type UploadLocks,
} from "@winnow/store";
import type { FastifyRequest } from "fastify";
import { badRange, type ContentRange, parseContentRange } from "./content-range.js";
import { rawBody } from "./upload-body.js";

interface AppendDeps {
  readonly store: Store;
  readonly storageDir: string;
  readonly locks: UploadLocks;
}

/** An upload as the API returns it, with the number of bytes that have arrived. */
export async function uploadView(storageDir: string, stored: StoredUpload): Promise<Upload> {
  const { storageKey, ...upload } = stored;
  if (upload.sha256 !== null) return upload;
  return { ...upload, received: await receivedBytes(storedPath(storageDir, storageKey)) };
}

/**
 * Appends the body of a request to a resumable upload and completes the upload with its last byte.
 * Bytes that arrived before a connection broke are kept. Throws `upload-not-found`,
 * `validation-failed`, and `upload-conflict` if the range does not start where the upload stopped.
 */
export async function appendUpload(
  request: FastifyRequest<{ Params: { id: string } }>,
  { store, storageDir, locks }: AppendDeps,
): Promise<Upload> {
  const { id } = request.params;
  const found = await readUpload(store, id);
  const range = checkedRange(request, found);
  const lock = await locks.take(id);
  if (!lock) {
    throw new AppError("upload-conflict", `Another request is writing to the upload ${id}.`);
  }
  try {
    // Read again: the previous holder of the lock may have completed the upload.
    const stored = await readUpload(store, id);
    const path = storedPath(storageDir, stored.storageKey);
    const { received } = await uploadView(storageDir, stored);
    if (range.bytes) {
      if (received !== range.bytes.first || stored.sha256 !== null)
        throw conflict(stored, received);
      const length = range.bytes.last - range.bytes.first + 1;
      await appendBytes(path, exactly(length, rawBody(request), lock));
    } else if (received < stored.bytes) {
      throw conflict(stored, received);
    }
    if (stored.sha256 === null && (await receivedBytes(path)) === stored.bytes) {
      await completeUpload(store, id, await finishFile(path));
    }
    return await uploadView(storageDir, await readUpload(store, id));
  } finally {
    await lock.release();
  }
}

/** The range of the request, checked against the lengths of body and upload. */
function checkedRange(request: FastifyRequest, upload: StoredUpload): ContentRange {
  const range = parseContentRange(request.headers["content-range"]);
  if (range.total !== upload.bytes) {
    throw badRange(`The upload has ${upload.bytes} bytes, not ${range.total}.`);
  }
  const length = range.bytes ? range.bytes.last - range.bytes.first + 1 : 0;
  const sent = request.headers["content-length"];
  if (sent !== undefined && Number(sent) !== length) {
    throw badRange(`The range has ${length} bytes; the body has ${sent}.`);
  }
  return range;
}

const conflict = ({ id, bytes }: StoredUpload, received: number): AppError => {
  const next = received < bytes ? `continue at byte ${received}` : "nothing is left to send";
  const detail = `The upload ${id} has received ${received} of ${bytes} bytes; ${next}.`;
  return new AppError("upload-conflict", detail, {
    errors: [{ pointer: "/headers/content-range", detail: `received: ${received}` }],
  });
};

/** Passes on exactly `length` bytes; refuses a body that is shorter or longer than its range. */
async function* exactly(
  length: number,
  chunks: AsyncIterable<Uint8Array>,
  lock: UploadLock,
): AsyncGenerator<Uint8Array> {
  let rest = length;
  for await (const chunk of chunks) {
    if (lock.lost.aborted) {
      throw new AppError(
        "not-ready",
        "The connection to the database was lost; GET the upload to see how much was received.",
      );
    }
    if (chunk.byteLength > rest)
      throw badRange(`The body has more than the ${length} bytes of its range.`);
    yield chunk;
    rest -= chunk.byteLength;
  }
  if (rest > 0) throw badRange(`The body ended ${rest} bytes before the end of its range.`);
}
