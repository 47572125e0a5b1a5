import { compressionOf, decompress } from "../bytes/decompress.js";
import { peek } from "../bytes/head.js";
import type { DecompressLimits } from "../bytes/meter.js";
import { ZipArchive } from "../bytes/zip-archive.js";
import type { RandomAccess } from "../options/ingest-options.js";
import type { OpenSource } from "./open-file.js";

export interface UnpackOptions {
  readonly limits: DecompressLimits;
  /** The same file by position; a zip archive is read so. */
  readonly randomAccess: RandomAccess;
  /** Which member of a zip archive is read, by the names of its files. */
  readonly member: (names: readonly string[]) => string;
}

/**
 * The bytes of a file of any kind: as they are, out of gzip or zstd, or of one member of a zip
 * archive. Errors are CorpusErrors "bad-gzip", "bad-zstd", "bad-zip" and "too-large-decompressed".
 */
export async function* openUnpacked(
  source: OpenSource,
  { limits, randomAccess, member }: UnpackOptions,
): AsyncGenerator<Uint8Array> {
  if (compressionOf(await peek(source(), 4)) !== "zip") {
    yield* decompress(source(), limits);
    return;
  }
  const zip = await ZipArchive.open(randomAccess);
  const name = member(zip.members.map((entry) => entry.name));
  yield* zip.read(zip.find(name)!, limits);
}
