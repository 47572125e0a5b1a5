import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CliError } from "../terminal/failure.js";

/** A file until it is whole. */
export const draftOf = (path: string): string => `${path}.part`;

/**
 * Throws before any work begins: `output-is-input` where a file that is to be written is one that is read,
 * under this name or another, `same-output` for two under one name, `not-a-file` for a folder, and
 * `folder-not-found` where its folder is missing. Undefined paths are none.
 */
export function assertOutputs(
  outputs: readonly (string | undefined)[],
  inputs: readonly (string | undefined)[],
): void {
  const read = new Map(
    inputs
      .filter((path) => path !== undefined)
      .flatMap((path) => identitiesOf(path).map((identity) => [identity, path] as const)),
  );
  const taken = new Set<string>();
  for (const path of outputs) {
    if (path === undefined) continue;
    for (const written of [path, draftOf(path)]) {
      const input = identitiesOf(written).map((identity) => read.get(identity));
      const own = input.find((found) => found !== undefined);
      if (own === undefined) continue;
      const what = written === path ? path : `${path}, by way of ${written},`;
      throw new CliError(
        "output-is-input",
        `${what} would replace ${own}, which is read; write to another`,
      );
    }
    if (taken.has(resolve(path))) {
      throw new CliError("same-output", `${path} is to hold two results; name another for one`);
    }
    taken.add(resolve(path));
    assertWritable(path);
  }
}

/** The files that a folder will get: none yet to write over where it is still to be made. Throws `not-a-folder`. */
export function inFolder(folder: string | undefined, files: readonly string[]): readonly string[] {
  const found = folder === undefined ? undefined : statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isDirectory()) return files;
  throw new CliError("not-a-folder", `${folder} is a file; name a folder`);
}

function assertWritable(path: string): void {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) {
    throw new CliError("folder-not-found", `${path} needs the folder ${folder}; make it first`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CliError("not-a-file", `${path} is a folder; name a file in it`);
  }
}

/** What tells a file from others: its path, and where it is, so that links to it are found. */
function identitiesOf(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return [resolve(path), ...(found ? [`${found.dev} ${found.ino}`] : [])];
}
