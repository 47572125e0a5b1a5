import { NpyError } from "../errors.js";
import { TELLING_BYTES } from "../header/foreign.js";
import { elementCount, type NpyHeader, npyDataOffset, parseNpyHeader } from "../header/header.js";
import type { RowBytes } from "./row-bytes.js";
import { byRows } from "./transpose.js";

/** The bytes of a file, in pieces of any size. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface BlockOptions {
  /** Maximum bytes of a block, but always at least one row. Default 1 MiB. */
  readonly maxBlockBytes?: number;
  /** Reuses the memory for the next block: the reader must be done with the previous one. */
  readonly reuseMemory?: boolean;
}

/** An npy file whose header has been read. `blocks` can be iterated once. */
export interface NpyStream {
  readonly header: NpyHeader;
  /** The length of the first axis (1 for a scalar) and the elements of one row. */
  readonly rows: number;
  readonly columns: number;
  blocks(options?: BlockOptions): AsyncGenerator<RowBytes, void, void>;
}

/**
 * Reads the header of an npy file from a stream of byte chunks and provides its rows in blocks.
 * Throws `data-truncated` and `trailing-data` if the file's length does not match its shape. Memory:
 * one block and one chunk. An array stored column by column is held whole, up to 256 MiB; a larger one
 * is `fortran-order`.
 */
export async function readNpy(source: Chunks): Promise<NpyStream> {
  const chunks = iterate(source);
  const head = await readHead(chunks);
  const header = parseNpyHeader(head);
  const { shape, itemSize } = header;
  const rows = shape.length === 0 ? 1 : shape[0]!;
  const columns = elementCount(shape.slice(1), itemSize);
  const rest = head.subarray(header.dataOffset);
  const isTransposed = header.fortranOrder && shape.length > 1;
  if (isTransposed) requireHoldable(shape, rows * columns * itemSize);
  return {
    header,
    rows,
    columns,
    blocks: (options = {}) =>
      isTransposed
        ? byRows(rowBlocks(rest, chunks, columns, rows * itemSize, options), {
            rows,
            columns,
            itemSize,
            maxBlockBytes: options.maxBlockBytes ?? BLOCK_BYTES,
          })
        : rowBlocks(rest, chunks, rows, columns * itemSize, options),
  };
}

const BLOCK_BYTES = 1 << 20;
const MOST_HELD_BYTES = 256 << 20;

/** Everything up to the end of the header, and what came with it. Of another file, what tells its kind. */
async function readHead(chunks: Pulled): Promise<Uint8Array> {
  let head = new Uint8Array(0);
  const grow = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done === true) return false;
    const joined = new Uint8Array(head.length + next.value.length);
    joined.set(head);
    joined.set(next.value, head.length);
    head = joined;
    return true;
  };
  while (head.length < TELLING_BYTES && (await grow())) {}
  const dataOffset = npyDataOffset(head) ?? 0;
  while (head.length < dataOffset && (await grow())) {}
  return head;
}

function requireHoldable(shape: readonly number[], bytes: number): void {
  if (shape.length === 2 && bytes <= MOST_HELD_BYTES) return;
  const size = shape.length === 2 ? ` and larger than ${MOST_HELD_BYTES >> 20} MiB` : "";
  throw new NpyError(
    "fortran-order",
    `npy: the array is stored column by column${size}; save it with np.ascontiguousarray(array)`,
  );
}

async function* rowBlocks(
  rest: Uint8Array,
  chunks: Pulled,
  rows: number,
  rowBytes: number,
  options: BlockOptions,
): AsyncGenerator<RowBytes, void, void> {
  let chunk = rest;
  let chunkAt = 0;
  const wanted = Math.max(1, options.maxBlockBytes ?? BLOCK_BYTES);
  const perBlock = rowBytes === 0 ? rows : Math.max(1, Math.floor(wanted / rowBytes));
  let buffer: Uint8Array<ArrayBuffer> | undefined;
  for (let start = 0; start < rows; start += perBlock) {
    const count = Math.min(perBlock, rows - start);
    const needed = count * rowBytes;
    if (buffer === undefined || options.reuseMemory !== true) buffer = allocate(needed, start);
    let filled = 0;
    while (filled < needed) {
      if (chunkAt === chunk.length) {
        const next = await chunks.next();
        if (next.done === true) {
          const row = start + Math.floor(filled / rowBytes);
          throw new NpyError("data-truncated", `npy: the file ends in row ${row} of ${rows}`);
        }
        chunk = next.value;
        chunkAt = 0;
        continue;
      }
      const part = chunk.subarray(chunkAt, chunkAt + needed - filled);
      buffer.set(part, filled);
      filled += part.length;
      chunkAt += part.length;
    }
    yield { start, rows: count, bytes: buffer.subarray(0, needed) };
  }
  while (chunkAt === chunk.length) {
    const next = await chunks.next();
    if (next.done === true) return;
    chunk = next.value;
    chunkAt = 0;
  }
  throw new NpyError("trailing-data", "npy: the file continues after the last row of its shape");
}

function allocate(bytes: number, row: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new NpyError("too-large", `npy: row ${row} needs a block of ${bytes} bytes`);
  }
}

type Pulled = { next(): Promise<IteratorResult<Uint8Array, unknown>> };

function iterate(source: Chunks): Pulled {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  const iterator = source[Symbol.iterator]();
  return { next: async () => iterator.next() };
}
