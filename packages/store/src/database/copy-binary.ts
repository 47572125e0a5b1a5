import { once } from "node:events";
import { finished } from "node:stream/promises";
import { CopyRowWriter, locateRow } from "@winnow/copy-rows";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { Transaction } from "./client.js";

/** A signature, flags, and the length of an extension, before the rows of a binary COPY. */
const HEADER = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
/** In place of a count of fields. */
const TRAILER = Buffer.from([0xff, 0xff]);

/**
 * COPYs batches of rows into `table (columns)` with back-pressure; `write` writes the fields of one
 * row. Returns the number of rows.
 */
export async function copyIn<T>(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  batches: Iterable<Iterable<T>> | AsyncIterable<Iterable<T>>,
  write: (row: CopyRowWriter, item: T) => void,
): Promise<number> {
  const writer = new CopyRowWriter(columns.length);
  let count = 0;
  async function* written() {
    for await (const batch of batches) {
      for (const item of batch) {
        write(writer.row(), item);
        count++;
        if (writer.full) yield writer.take();
      }
    }
    yield writer.take();
  }
  await copyWritten(tx, table, columns, written());
  return count;
}

/** COPYs rows that are written already, as `CopyRowWriter` writes them, with back-pressure. */
export async function copyWritten(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> {
  const stream = tx.query(copyFrom(`COPY ${table} (${columns.join(", ")}) FROM STDIN BINARY`));
  // Attached before the first row: the server may report an error while we wait for rows.
  const done = finished(stream);
  done.catch(() => {});
  try {
    stream.write(HEADER);
    for await (const chunk of chunks) {
      if (!stream.write(chunk)) await Promise.race([once(stream, "drain"), done]);
    }
    stream.end(TRAILER);
  } catch (error) {
    stream.destroy(error as Error);
    await done.catch(() => {});
    throw error;
  }
  await done;
}

/** One row of a binary COPY: the position of each field's bytes. A length of -1 is null. */
export interface CopyRow {
  readonly view: Buffer;
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
}

/**
 * Streams a query's rows in the binary format. `onRow` is called for every row in order and must
 * read what it needs before it returns: the row object and its buffer are reused. Yields the number
 * of rows after each chunk; the server waits while the consumer does.
 */
export async function* copyOut(
  tx: Transaction,
  query: string,
  columns: number,
  onRow: (row: CopyRow) => void,
): AsyncGenerator<number> {
  const stream = tx.query(copyTo(`COPY (${query}) TO STDOUT BINARY`));
  const offsets = new Int32Array(columns);
  const lengths = new Int32Array(columns);
  let rest: Buffer = Buffer.alloc(0);
  let headerSeen = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const view: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    rest = view;
    let at = 0;
    if (!headerSeen) {
      if (view.length < 19) continue;
      at = 19 + view.readInt32BE(15);
      headerSeen = true;
    }
    const row = { view, offsets, lengths };
    let rows = 0;
    for (;;) {
      const next = locateRow(view, at, offsets, lengths);
      if (next < 0) break;
      onRow(row);
      rows++;
      at = next;
    }
    rest = view.subarray(at);
    yield rows;
  }
}
