import { AppError } from "@winnow/contracts";
import { type Hashed, partOf, writeDurably, writeHashed } from "@winnow/storage";

/** A file that is completely on disk. */
export interface StoredFile extends Hashed {
  readonly path: string;
}

/**
 * Writes the chunks to a new file. Its name appears once every byte is on disk; an error leaves no
 * file. Throws `payload-too-large` above `maxBytes`, `upload-empty`, and errors of the disk.
 */
export async function storeFile(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number,
): Promise<StoredFile> {
  const written = await writeDurably(path, partOf(path), async (file) => {
    const { bytes, sha256 } = await writeHashed(file, atMost(maxBytes, chunks));
    if (bytes === 0) throw new AppError("upload-empty", "The upload has no bytes.");
    return { bytes, sha256 };
  });
  return { path, ...written };
}

async function* atMost(
  maxBytes: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

export const tooLarge = (maxBytes: number): AppError =>
  new AppError("payload-too-large", `An upload can have at most ${maxBytes} bytes.`);
