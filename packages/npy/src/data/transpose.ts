import type { RowBytes } from "./row-bytes.js";

interface Transposed {
  readonly rows: number;
  readonly columns: number;
  readonly itemSize: number;
  /** Of the blocks that come out; always at least one row. */
  readonly maxBlockBytes: number;
}

/**
 * The rows of an array (rows, columns) whose file has it column by column. `stored` are the blocks of
 * the file, whose rows are those columns; all of them are held.
 */
export async function* byRows(
  stored: AsyncIterable<RowBytes>,
  { rows, columns, itemSize, maxBlockBytes }: Transposed,
): AsyncGenerator<RowBytes, void, void> {
  // Collected as data arrive, not by what the header claims.
  const held: Uint8Array<ArrayBuffer>[] = [];
  for await (const { rows: count, bytes } of stored) {
    const columnBytes = bytes.length / count;
    for (let at = 0; at < count; at++) {
      held.push(bytes.slice(at * columnBytes, (at + 1) * columnBytes));
    }
  }
  const rowBytes = columns * itemSize;
  const perBlock = Math.max(1, Math.floor(maxBlockBytes / Math.max(1, rowBytes)));
  for (let start = 0; start < rows; start += perBlock) {
    const count = Math.min(perBlock, rows - start);
    const bytes = new Uint8Array(count * rowBytes);
    copyRows(held, start, count, itemSize, bytes);
    yield { start, rows: count, bytes };
  }
}

/** Writes rows `start` to `start + count` of the held columns one after another into `target`. */
function copyRows(
  held: readonly Uint8Array<ArrayBuffer>[],
  start: number,
  count: number,
  itemSize: number,
  target: Uint8Array<ArrayBuffer>,
): void {
  // Never as floats: these could change the bits of what is no number.
  const [View, unit] =
    itemSize % 4 === 0
      ? ([Uint32Array, 4] as const)
      : itemSize === 2
        ? ([Uint16Array, 2] as const)
        : ([Uint8Array, 1] as const);
  const units = itemSize / unit;
  const to = new View(target.buffer);
  for (const [column, bytes] of held.entries()) {
    const from = new View(bytes.buffer);
    for (let row = 0; row < count; row++) {
      const at = (row * held.length + column) * units;
      for (let i = 0; i < units; i++) to[at + i] = from[(start + row) * units + i]!;
    }
  }
}
