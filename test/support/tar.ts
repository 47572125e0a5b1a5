import { Readable } from "node:stream";
import { extract } from "tar-stream";

/** The files of a tar, by name, in order. */
export async function untar(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const archive = extract();
  Readable.from(chunks, { objectMode: false }).pipe(archive);
  for await (const entry of archive) {
    const parts: Uint8Array[] = [];
    for await (const part of entry) parts.push(part as Uint8Array);
    files.set(entry.header.name, Buffer.concat(parts));
  }
  return files;
}
