import { createHash } from "node:crypto";
import { AppError, type Page } from "@winnow/contracts";

/** The column types of sort keys. */
type CursorPart = "string" | "int4" | "int8" | "float8";
type Parts<T extends readonly CursorPart[]> = {
  -readonly [K in keyof T]: T[K] extends "string" ? string : number;
};

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** How rows of one order are read and shown. */
interface PageOf<K extends readonly CursorPart[], R, T> {
  /**
   * Which list it is: its name, whose list, and its filters and order. A cursor continues this list
   * alone.
   */
  readonly list: readonly [name: string, ...of: readonly (string | number | null | undefined)[]];
  /** The column types of the order's sort keys, which the cursor holds. */
  readonly keys: K;
  /** Reads up to `limit` rows after the one with these keys; from the start if they are null. */
  readonly read: (after: Parts<K> | null, limit: number) => Promise<readonly R[]>;
  readonly keysOf: (row: R) => Parts<K>;
  readonly view: (row: R) => T;
}

/**
 * Reads one page; its cursor has the keys of the last returned row. Throws `invalid-cursor`, also for
 * the cursor of another list or of other filters.
 */
export async function readPage<const K extends readonly CursorPart[], R, T>(
  { limit, cursor }: PageRequest,
  { list, keys, read, keysOf, view }: PageOf<K, R, T>,
): Promise<Page<T>> {
  const mark = markOf(list);
  const after = decodeCursor(cursor, mark, keys);
  const { shown, hasMore } = await readUpTo(limit, (most) => read(after, most));
  const last = shown.at(-1);
  const nextCursor = hasMore && last !== undefined ? encodeCursor(mark, keysOf(last)) : null;
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

/** Tells lists apart in their cursors. No secret: whoever forges one only skips rows. */
const markOf = (list: readonly unknown[]): string =>
  createHash("sha256")
    .update(JSON.stringify(list.map((part) => part ?? null)))
    .digest("base64url")
    .slice(0, 8);

/** An opaque cursor: the mark of its list, and the last row's sort keys. */
const encodeCursor = (mark: string, parts: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([mark, ...parts])).toString("base64url");

/** The sort keys of a cursor made by `encodeCursor`; throws `invalid-cursor` on anything else. */
function decodeCursor<T extends readonly CursorPart[]>(
  cursor: string | undefined,
  mark: string,
  shape: T,
): Parts<T> | null {
  if (cursor === undefined) return null;
  const [cursorMark, ...parts] = partsOf(cursor);
  const fits =
    typeof cursorMark === "string" &&
    parts.length === shape.length &&
    parts.every((part, i) => fitsColumn(part, shape[i]!));
  if (fits && cursorMark === mark) return parts as Parts<T>;
  const why = /^[\w-]{8}$/.test(String(cursorMark))
    ? "It continues another list, or this one with other filters or in another order."
    : "It is not one of this service.";
  throw new AppError(
    "invalid-cursor",
    `${why} Pass the nextCursor of the page before, unchanged and with the same filters, or omit it for the first page.`,
    { errors: [{ pointer: "/query/cursor", detail: why }] },
  );
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Whether Postgres can compare the part with such a column: text has no NUL, int4 has bounds. */
function fitsColumn(part: unknown, column: CursorPart): boolean {
  if (column === "string") return typeof part === "string" && !part.includes("\0");
  if (column === "int4") return Number.isInteger(part) && Math.abs(part as number) <= 0x7fff_ffff;
  if (column === "float8") return Number.isFinite(part);
  return Number.isSafeInteger(part);
}
