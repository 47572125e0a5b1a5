import { randomBytes } from "node:crypto";

/** Where a file or folder is written until it is whole. */
export const partOf = (path: string): string => `${path}.part`;

/** The same, a name that nobody else writes. */
export const newPartOf = (path: string): string =>
  partOf(`${path}.${randomBytes(6).toString("hex")}`);

/** The name without its ending; null for a name that is no part's. */
export const wholeOf = (name: string): string | null => /^(.*)\.part$/s.exec(name)?.[1] ?? null;

/** The file that says who makes a file. */
export const lockOf = (path: string): string => `${path}.lock`;

/** Whether the name is a part's or a lock's: nobody reads it once its writer is gone. */
export const isUnfinished = (name: string): boolean => /\.(part|lock)$/.test(name);
