import { constants } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { isBelow } from "./contained-path.js";

/** Without O_NONBLOCK a named pipe would be waited for. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** What the system says of files that are not there, or not for us: all the same to who asks. */
const REFUSED = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "ENXIO"]);

/**
 * Opens the file at a path below the root, once; null where none is there for us to read. Not the path is
 * checked but what was opened, so that a link which somebody changes meanwhile leads nowhere else. Links
 * that stay below the root are followed. Throws the system's error if the root cannot be reached.
 */
export async function openBelow(root: string, path: string): Promise<FileHandle | null> {
  const realRoot = await realpath(root);
  const wanted = resolve(realRoot, path);
  const handle = await open(wanted, FLAGS).catch(nullIfRefused);
  if (handle === null) return null;
  try {
    const stats = await handle.stat();
    const opened = stats.isFile() ? await pathOf(handle, wanted) : null;
    if (opened !== null && isBelow(realRoot, opened)) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** Opens a file of ours by its path. */
export const openPlain = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY);

/** Where the open file is; null if that cannot be told. */
async function pathOf(handle: FileHandle, asked: string): Promise<string | null> {
  // Linux says it of the handle itself.
  const told = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => null);
  if (told !== null) return told;
  // Elsewhere: the path where the links lead now, if the same file is there and is no link.
  const real = await realpath(asked).catch(() => null);
  if (real === null) return null;
  const [opened, found] = await Promise.all([handle.stat(), lstat(real).catch(() => null)]);
  return found?.dev === opened.dev && found.ino === opened.ino ? real : null;
}

function nullIfRefused(error: NodeJS.ErrnoException): null {
  if (REFUSED.has(error.code ?? "")) return null;
  throw error;
}
