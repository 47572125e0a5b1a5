import { AppError } from "@winnow/contracts";

type CursorPart = "string" | "number";
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
      parts.every((p, i) =>
        typeof p === "number"
          ? shape[i] === "number" && Number.isSafeInteger(p)
          : typeof p === shape[i],
      );
    if (fits) return parts as Parts<T>;
  } catch {
    // Falls through: whatever is wrong, the mend is the same.
  }
  throw new AppError(
    "invalid-cursor",
    "Pass the nextCursor of the page before, unchanged, or leave it out for the first page.",
  );
}
