import type { Calls } from "../calls/calls.js";
import type { Upload } from "../contract/types.js";
import { ApiError } from "../http/errors.js";
import { isPassing } from "../http/exchange.js";
import { pause } from "../http/pause.js";

export interface FileUploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that have arrived, and their total. */
  readonly onProgress?: ((received: number, total: number) => void) | undefined;
  /** The id of an upload of the same file that was begun before. */
  readonly resume?: string | undefined;
  /** Bytes a request. Default: 8 MiB. */
  readonly partBytes?: number;
  /** How long a service that does not answer is asked again. Default: a minute. */
  readonly patienceMs?: number;
}

const PART_BYTES = 8 * 2 ** 20;
const PAUSE_MS = 1_000;

/** Sends a file in parts, and goes on from the last byte that arrived when a request fails. */
export async function uploadFile(
  client: Calls,
  file: Blob,
  options: FileUploadOptions = {},
): Promise<Upload> {
  const { signal, onProgress, resume, partBytes = PART_BYTES, patienceMs = 60_000 } = options;
  const again = (id: string) => client.call("getUpload", { params: { id }, signal });
  let upload = resume ? await again(resume) : await client.beginUpload(file.size, { signal });
  if (upload.bytes !== file.size) {
    throw new RangeError(
      `The upload ${upload.id} is of ${upload.bytes} bytes; this file has ${file.size}.`,
    );
  }
  let answeredAt = performance.now();
  while (upload.received < upload.bytes) {
    onProgress?.(upload.received, upload.bytes);
    const first = upload.received;
    const bytes = file.slice(first, first + partBytes);
    try {
      upload = await client.appendUpload(upload, { first, size: bytes.size, bytes }, { signal });
      answeredAt = performance.now();
    } catch (error) {
      signal?.throwIfAborted();
      // A conflict says that the part had arrived, and only the answer was lost.
      const mayGoOn =
        isPassing(error) || (error instanceof ApiError && error.code === "upload-conflict");
      if (!mayGoOn || performance.now() - answeredAt > patienceMs) throw error;
      await pause(PAUSE_MS, signal);
      upload = await again(upload.id).catch((gone: unknown) => {
        if (isPassing(gone)) return upload;
        throw gone;
      });
    }
  }
  onProgress?.(upload.received, upload.bytes);
  return upload;
}
