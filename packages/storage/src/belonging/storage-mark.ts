import { randomUUID } from "node:crypto";
import { open, readFile, rm } from "node:fs/promises";
import { makeFolder, writeDurably } from "../durable/write-file.js";
import { storageMarkPath } from "../layout/layout.js";
import { newPartOf } from "../layout/parts.js";

/** The mark of a storage folder, by which a database knows its own; null: it has none. */
export async function readStorageMark(storageDir: string): Promise<string | null> {
  try {
    return (await readFile(storageMarkPath(storageDir), "utf8")).trim();
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** Marks the folder, which is made if it is not there; another mark is written over. */
export async function writeStorageMark(storageDir: string, mark: string): Promise<void> {
  const path = storageMarkPath(storageDir);
  await writeDurably(path, newPartOf(path), (file) => file.writeFile(`${mark}\n`));
}

export const newStorageMark = (): string => randomUUID();

/** Throws the file system's error unless this process can make files in the folder. */
export async function assertWritable(storageDir: string): Promise<void> {
  await makeFolder(storageDir);
  const probe = newPartOf(storageMarkPath(storageDir));
  // Empty: a full disk is for the writes to report, and readers can go on.
  const file = await open(probe, "wx", 0o600);
  await file.close();
  await rm(probe, { force: true });
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
