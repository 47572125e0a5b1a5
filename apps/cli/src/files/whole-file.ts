import { rename, rm } from "node:fs/promises";
import { draftOf } from "./output-paths.js";

/** Has `write` write a draft, which becomes the file: it appears whole or not at all. */
export async function wholeFile(
  path: string,
  write: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = draftOf(path);
  try {
    await write(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
