import { AppError } from "@winnow/contracts";
import { type Hashed, partOf, writeDurably, writeHashed } from "@winnow/storage";

/** A file that lies whole on disk. */
export interface StoredFile extends Hashed {
  readonly path: string;
}

/**
 * Writes the chunks to a new file: its name appears when every byte is on disk, and any throw leaves
 * nothing. Throws `payload-too-large` above `maxBytes`, `upload-empty`, and what a full disk says.
 */
export async function storeFile(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number,
): Promise<StoredFile> {
  const written = await writeDurably(path, partOf(path), async (file) => {
    const { bytes, sha256 } = await writeHashed(file, atMost(maxBytes, chunks));
    if (bytes === 0) throw new AppError("upload-empty", "The upload holds no byte.");
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
  new AppError("payload-too-large", `An upload may have ${maxBytes} bytes at most.`);
