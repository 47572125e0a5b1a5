import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";

/** Whether the path lies below the root, by its spelling alone; the root itself does not. */
export function isBelow(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** Whether every step of a relative path leads downward; steps are separated by slashes. */
export const isDownward = (path: string): boolean =>
  path.split("/").every((step) => step !== "" && step !== "." && step !== "..");

/**
 * What lies at a path below the root once every link is followed. Returns null both for what lies
 * outside and for what does not exist: the difference would reveal what the machine holds. Throws the
 * system's error if the root itself cannot be reached.
 */
export async function realPathBelow(
  root: string,
  path: string,
): Promise<{ readonly path: string; readonly stats: Stats } | null> {
  const realRoot = await realpath(root);
  const real = await realpath(resolve(realRoot, path)).catch(() => null);
  if (real === null || !isBelow(realRoot, real)) return null;
  return { path: real, stats: await stat(real) };
}
