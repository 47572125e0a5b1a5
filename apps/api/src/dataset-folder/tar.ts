import { once } from "node:events";
import { pack } from "tar-stream";

/** A file of an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: number;
  readonly chunks: Iterable<Uint8Array>;
}

/** The files as a tar archive, in order. Ends the iteration of files when the archive is given up. */
export async function* tarOf(
  files: Iterable<ArchiveFile>,
  modifiedAt: Date,
): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const filling = fill(archive, files, modifiedAt).catch((error: unknown) =>
    archive.destroy(error as Error),
  );
  try {
    for await (const chunk of archive) yield chunk as Uint8Array;
    await filling;
  } finally {
    archive.destroy();
  }
}

async function fill(
  archive: ReturnType<typeof pack>,
  files: Iterable<ArchiveFile>,
  mtime: Date,
): Promise<void> {
  for (const { name, bytes, chunks } of files) {
    const entry = archive.entry({ name, size: bytes, mtime, mode: 0o644 });
    for (const chunk of chunks) {
      if (!entry.write(chunk)) await once(entry, "drain");
    }
    entry.end(null);
  }
  archive.finalize();
}
