import { chmod, stat } from "node:fs/promises";
import { folderPath, STORAGE_FOLDERS } from "../layout/layout.js";
import { makeFolder, PRIVATE } from "./write-file.js";

/**
 * Makes STORAGE_DIR, and closes to other users the folders below it that an earlier version left open.
 * STORAGE_DIR itself stays as it is if it is there: it may be a disk that holds other things too.
 */
export async function makeStorage(storageDir: string): Promise<void> {
  await makeFolder(storageDir);
  for (const name of STORAGE_FOLDERS) {
    const folder = folderPath(storageDir, name);
    const found = await stat(folder).catch(() => null);
    if (found?.isDirectory() && (found.mode & 0o077) !== 0) await chmod(folder, PRIVATE.folder);
  }
}
