import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { draftOf } from "./output-paths.js";

/**
 * Has `write` write a draft, which becomes the file: it appears whole or not at all. Returns whether it took an
 * earlier one's place.
 */
export async function wholeFile(
  path: string,
  write: (draft: string) => Promise<void>,
): Promise<boolean> {
  const draft = draftOf(path);
  try {
    await write(draft);
    return await takePlace(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Gives a draft its name; returns whether a file had it. */
export async function takePlace(draft: string, path: string): Promise<boolean> {
  const wasThere = existsSync(path);
  await rename(draft, path);
  return wasThere;
}
