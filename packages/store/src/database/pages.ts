import { AppError, type Page } from "@winnow/contracts";

/** The column types of sort keys. */
type CursorPart = "string" | "int4" | "int8";
type Parts<T extends readonly CursorPart[]> = {
  -readonly [K in keyof T]: T[K] extends "string" ? string : number;
};

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** How rows of one order are read and shown. */
interface PageOf<K extends readonly CursorPart[], R, T> {
  /** The column types of the order's sort keys, which the cursor holds. */
  readonly keys: K;
  /** Reads up to `limit` rows after the one with these keys; from the start if they are null. */
  readonly read: (after: Parts<K> | null, limit: number) => Promise<readonly R[]>;
  readonly keysOf: (row: R) => Parts<K>;
  readonly view: (row: R) => T;
}

/** Reads one page; its cursor has the keys of the last returned row. Throws `invalid-cursor`. */
export async function readPage<const K extends readonly CursorPart[], R, T>(
  { limit, cursor }: PageRequest,
  { keys, read, keysOf, view }: PageOf<K, R, T>,
): Promise<Page<T>> {
  const after = decodeCursor(cursor, keys);
  const { shown, hasMore } = await readUpTo(limit, (most) => read(after, most));
  const last = shown.at(-1);
  const nextCursor = hasMore && last !== undefined ? encodeCursor(keysOf(last)) : null;
  return { data: shown.map(view), hasMore, nextCursor };
}

/** Reads `limit` rows, and one more, which shows whether others follow. */
export async function readUpTo<R>(
  limit: number,
  read: (most: number) => Promise<readonly R[]>,
): Promise<{ shown: R[]; hasMore: boolean }> {
  const rows = await read(limit + 1);
  return { shown: rows.slice(0, limit), hasMore: rows.length > limit };
}

/** An opaque cursor of the last row's sort keys. */
const encodeCursor = (parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(parts)).toString("base64url");

/** The sort keys of a cursor made by `encodeCursor`; throws `invalid-cursor` on anything else. */
function decodeCursor<T extends readonly CursorPart[]>(
  cursor: string | undefined,
  shape: T,
): Parts<T> | null {
  if (cursor === undefined) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const fits =
      Array.isArray(parts) &&
      parts.length === shape.length &&
      parts.every((part: unknown, i) => fitsColumn(part, shape[i]!));
    if (fits) return parts as Parts<T>;
  } catch {
    // Falls through: the fix is the same whatever is wrong.
  }
  throw new AppError(
    "invalid-cursor",
    "Pass the nextCursor of the page before, unchanged, or omit it for the first page.",
  );
}

/** Whether Postgres can compare the part with such a column: text has no NUL, int4 has bounds. */
function fitsColumn(part: unknown, column: CursorPart): boolean {
  if (column === "string") return typeof part === "string" && !part.includes("\0");
  if (column === "int4") return Number.isInteger(part) && Math.abs(part as number) <= 0x7fff_ffff;
  return Number.isSafeInteger(part);
}
