import { randomBytes } from "node:crypto";

/** The name under which a file or folder is written until it is complete. */
export const partOf = (path: string): string => `${path}.part`;

/** The same, but a name that no other writer uses. */
export const newPartOf = (path: string): string =>
  partOf(`${path}.${randomBytes(6).toString("hex")}`);

/** The name without its ending; null for a name that is no part's. */
export const wholeOf = (name: string): string | null => /^(.*)\.part$/s.exec(name)?.[1] ?? null;

/** The file that says which process makes a file. */
export const lockOf = (path: string): string => `${path}.lock`;

/** Whether the name is of a part or a lock: useless once its writer is gone. */
export const isUnfinished = (name: string): boolean => /\.(part|lock)$/.test(name);
