import { createHash } from "node:crypto";
import { AppError, PAGE_BYTES, type Page } from "@winnow/contracts";

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
  /**
   * Of rows that hold texts of users: the bytes of each row that `read` would return, without the
   * texts themselves.
   */
  readonly sizes?: (after: Parts<K> | null, limit: number) => Promise<readonly number[]>;
  readonly keysOf: (row: R) => Parts<K>;
  readonly view: (row: R) => T;
}

/** Rows that are read at a time where their sizes are not known before. The largest have 2 MiB. */
const PORTION_ROWS = 51;

/**
 * Reads one page; its cursor has the keys of the last returned row. The page ends at `limit` rows or
 * at `PAGE_BYTES`, and rows beyond are not fetched. Throws `invalid-cursor`, also for the cursor of
 * another list or of other filters.
 */
export async function readPage<const K extends readonly CursorPart[], R, T>(
  { limit, cursor }: PageRequest,
  { list, keys, read, sizes, keysOf, view }: PageOf<K, R, T>,
): Promise<Page<T>> {
  const mark = markOf(list);
  const first = decodeCursor(cursor, mark, keys);
  const keysAfter = (row: R | null) => (row === null ? first : keysOf(row));
  const { data, last, hasMore } = await readUpTo(limit, {
    read: (after: R | null, most) => read(keysAfter(after), most),
    ...(sizes && { sizes: (most) => sizes(first, most) }),
    view,
  });
  const nextCursor = hasMore && last !== null ? encodeCursor(mark, keysOf(last)) : null;
  return { data, hasMore, nextCursor };
}

/** One page of a list that is in memory as a whole; its cursors hold places in it. */
export const pageOfArray = <T>(
  list: PageOf<["int4"], unknown, T>["list"],
  items: readonly T[],
  { cursor }: Pick<PageRequest, "cursor">,
): Promise<Page<T>> =>
  readPage(
    { limit: items.length, cursor },
    {
      list,
      keys: ["int4"],
      read: async (after, most) => {
        const from = after ? after[0] + 1 : 0;
        return items.slice(from, from + most).map((item, i) => ({ item, place: from + i }));
      },
      keysOf: ({ place }) => [place],
      view: ({ item }) => item,
    },
  );

interface RowsOf<R, T> {
  readonly read: (after: R | null, most: number) => Promise<readonly R[]>;
  readonly sizes?: (most: number) => Promise<readonly number[]>;
  readonly view: (row: R) => T;
}

/**
 * Reads rows until they are `limit` or, as JSON, `PAGE_BYTES`, and looks whether others follow. Reads
 * no more bytes than that, or one portion.
 */
export async function readUpTo<R, T>(
  limit: number,
  { read, sizes, view }: RowsOf<R, T>,
): Promise<{ data: T[]; last: R | null; hasMore: boolean }> {
  // The row after the last one shows whether others follow.
  const weighed = await sizes?.(limit + 1);
  const most = weighed ? Math.min(limit, Math.max(1, rowsWithin(PAGE_BYTES, weighed))) : limit + 1;
  const data: T[] = [];
  let last: R | null = null;
  let bytes = 0;
  for (let rest = most; rest > 0; ) {
    const asked = weighed ? rest : Math.min(rest, PORTION_ROWS);
    const rows = await read(last, asked);
    for (const row of rows) {
      const item = view(row);
      bytes += Buffer.byteLength(JSON.stringify(item));
      const isFull = data.length === limit || (bytes > PAGE_BYTES && data.length > 0);
      if (isFull) return { data, last, hasMore: true };
      data.push(item);
      last = row;
    }
    if (rows.length < asked) break;
    rest -= asked;
  }
  return { data, last, hasMore: weighed !== undefined && weighed.length > data.length };
}

/** How many of the rows, from the first, have together at most so many bytes. */
function rowsWithin(most: number, sizes: readonly number[]): number {
  let bytes = 0;
  for (const [i, size] of sizes.entries()) {
    bytes += size;
    if (bytes > most) return i;
  }
  return sizes.length;
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
