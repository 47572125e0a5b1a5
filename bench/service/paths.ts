import { fileURLToPath } from "node:url";

/** A file of the project by its path from the root: this one is built into bench/dist/service. */
export const inProject = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A source file of bench that is not compiled: a program in Python. */
export const inBench = (path: string): string => inProject(`bench/${path}`);

/** A compiled program of bench. */
export const built = (path: string): string => inProject(`bench/dist/${path}`);
