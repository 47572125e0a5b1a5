import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Bytes that a folder and all in it take on the disk. What vanishes meanwhile, or cannot be read, counts nothing. */
export async function folderSize(folder: string): Promise<number> {
  let sum = 0;
  const open = [folder];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    sum += found.blocks * 512;
    if (!found.isDirectory()) continue;
    const names = await readdir(path).catch(() => []);
    for (const name of names) open.push(join(path, name));
  }
  return sum;
}
