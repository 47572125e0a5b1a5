import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The modes of every stored file and folder, whatever the umask is: other users see no texts. */
export const PRIVATE = { file: 0o600, folder: 0o700 } as const;

/**
 * Writes a file under the name `part`, which nobody else writes, and renames it once all of it is on
 * disk: a crash leaves the old file or the new one. A throw leaves no part.
 */
export async function writeDurably<T>(
  path: string,
  part: string,
  write: (file: FileHandle) => Promise<T>,
): Promise<T> {
  try {
    const result = await writeNewFile(part, write);
    await renameDurably(part, path);
    return result;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
}

/** Creates a file, and the folders above it. Its bytes are on disk when this returns. */
export async function writeNewFile<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(path));
  const file = await open(path, "wx", PRIVATE.file);
  try {
    const result = await write(file);
    await file.sync();
    return result;
  } finally {
    await file.close();
  }
}

/** Makes a folder, and those above it that are missing, for this user alone. */
export async function makeFolder(path: string): Promise<void> {
  // Not a recursive mkdir, which never ends in a file system such as /proc that answers ENOENT.
  try {
    await mkdir(path, PRIVATE.folder);
  } catch (error) {
    if (isCode(error, "EEXIST")) return;
    if (!isCode(error, "ENOENT") || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, PRIVATE.folder).catch((again: unknown) => {
      if (!isCode(again, "EEXIST")) throw again; // another process was faster
    });
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Renames a file or folder whose bytes are on disk, so that the new name survives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The same for a folder and all those below it. */
export async function syncFolders(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  await syncFolder(root);
  for (const folder of folders) await syncFolder(join(folder.parentPath, folder.name));
}
