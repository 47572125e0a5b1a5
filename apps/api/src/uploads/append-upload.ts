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

/** An upload as it is shown, with how much of it has come. */
export async function uploadView(storageDir: string, stored: StoredUpload): Promise<Upload> {
  const { storageKey, ...upload } = stored;
  if (upload.sha256 !== null) return upload;
  return { ...upload, received: await receivedBytes(storedPath(storageDir, storageKey)) };
}

/**
 * Takes a request's body as the next bytes of an upload under way, and completes it with the last
 * one. What came before a connection broke is kept. Throws `upload-not-found`, `validation-failed`,
 * and `upload-conflict`, which says where the upload stands, unless the range begins there.
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
    throw new AppError("upload-conflict", `Another request is writing the upload ${id}.`);
  }
  try {
    // Read again: the one who held the lock before may have completed it.
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

/** The range of the request, held against its own length and the upload's. */
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
  const next = received < bytes ? `go on at byte ${received}` : "nothing is left to send";
  const detail = `The upload ${id} stands at ${received} of ${bytes} bytes; ${next}.`;
  return new AppError("upload-conflict", detail, {
    errors: [{ pointer: "/headers/content-range", detail: `received: ${received}` }],
  });
};

/** Lets exactly so many bytes through; a body that is shorter or longer than its range is refused. */
async function* exactly(
  length: number,
  chunks: AsyncIterable<Uint8Array>,
  lock: UploadLock,
): AsyncGenerator<Uint8Array> {
  let rest = length;
  for await (const chunk of chunks) {
    if (lock.lost.aborted) {
      throw new AppError("not-ready", "The database went away; ask where the upload stands.");
    }
    if (chunk.byteLength > rest)
      throw badRange(`The body has more than the range's ${length} bytes.`);
    yield chunk;
    rest -= chunk.byteLength;
  }
  if (rest > 0) throw badRange(`The body ended ${rest} bytes before its range did.`);
}
