import { AppError } from "@winnow/contracts";

/** The column types of sort keys. */
type CursorPart = "string" | "int4" | "int8";
type Parts<T extends readonly CursorPart[]> = {
  -readonly [K in keyof T]: T[K] extends "string" ? string : number;
};

/** An opaque cursor of the last row's sort keys. */
export const encodeCursor = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString("base64url");

/** The sort keys of a cursor made by `encodeCursor`; throws `invalid-cursor` on anything else. */
export function decodeCursor<const T extends readonly CursorPart[]>(
  cursor: string | undefined,
  shape: T,
): Parts<T> | null {
  if (cursor === undefined) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const fits =
      Array.isArray(parts) &&
      parts.length === shape.length &&
      parts.every((part: unknown, i) => fitsColumn(part, shape[i] as CursorPart));
    if (fits) return parts as Parts<T>;
  } catch {
    // Falls through: whatever is wrong, the mend is the same.
  }
  throw new AppError(
    "invalid-cursor",
    "Pass the nextCursor of the page before, unchanged, or leave it out for the first page.",
  );
}

/** Whether Postgres can compare the part with such a column: text holds no NUL, int4 ends. */
function fitsColumn(part: unknown, column: CursorPart): boolean {
  if (column === "string") return typeof part === "string" && !part.includes("\0");
  if (column === "int4") return Number.isInteger(part) && Math.abs(part as number) <= 0x7fff_ffff;
  return Number.isSafeInteger(part);
}
