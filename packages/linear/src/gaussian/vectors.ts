import { LinearError } from "../errors.js";

/** Some rows in order: `values` (rows, d) row-major; the memory may be reused for the next block. */
export interface VectorBlock {
  /** The index of the first row among all n. */
  readonly start: number;
  readonly rows: number;
  readonly values: Float32Array | Float64Array;
}

/** One vector a row (n, d), from an encoder or a file; read in order as often as it takes. */
export interface VectorSource {
  readonly n: number;
  readonly d: number;
  blocks(): AsyncIterable<VectorBlock> | Iterable<VectorBlock>;
}

/** Vectors in memory, (n, d) row-major. */
export function vectorsOf(values: Float32Array | Float64Array, d: number): VectorSource {
  const n = d === 0 ? 0 : values.length / d;
  return { n, d, blocks: () => [{ start: 0, rows: n, values }] };
}

/**
 * The rows of a source in blocks of `most`, of which the last may be smaller, whatever blocks the source
 * has: sums that are made block by block then have the same bits. The memory is reused.
 */
export async function* blocksOf(
  source: VectorSource,
  most: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<VectorBlock> {
  const { d } = source;
  let held: Float32Array | Float64Array | undefined;
  let waiting = 0;
  let next = 0;
  for await (const { rows, values } of source.blocks()) {
    for (let from = 0; from < rows; ) {
      if (signal?.aborted) throw new LinearError("cancelled", "The vectors' model was cancelled.");
      const count = Math.min(most - waiting, rows - from);
      const part = values.subarray(from * d, (from + count) * d);
      from += count;
      if (count === most) {
        yield { start: next, rows: count, values: part };
        next += count;
        continue;
      }
      held ??=
        values instanceof Float32Array ? new Float32Array(most * d) : new Float64Array(most * d);
      held.set(part, waiting * d);
      waiting += count;
      if (waiting < most) continue;
      yield { start: next, rows: waiting, values: held };
      next += waiting;
      waiting = 0;
    }
  }
  if (waiting > 0 && held) {
    yield { start: next, rows: waiting, values: held.subarray(0, waiting * d) };
  }
}

const BLOCK = 1024;
/** Below, all rows point the same way but for rounding: they tell nothing apart. */
const SAME_DIRECTION = 1e-12;
/** Numbers below have no inverse: a row of them is a zero row. */
const SMALLEST = 1e-300;

/**
 * Rows of length 1, minus the mean row, over the root of the mean squared length of what is left. A
 * zero row is taken as it is; where all rows are the same, every row becomes zero.
 */
export class Standard {
  constructor(
    readonly mean: Float64Array,
    readonly scale: number,
  ) {}

  /** Reads the rows once. Throws `invalid-vectors` with row and column of a value that is no number. */
  static async of(source: VectorSource, signal?: AbortSignal): Promise<Standard> {
    const { n, d } = source;
    const mean = new Float64Array(d);
    const row = new Float64Array(d);
    let squares = 0;
    let read = 0;
    for await (const { start, rows, values } of blocksOf(source, BLOCK, signal)) {
      for (let i = 0; i < rows; i++) {
        const length = unitInto(values, i * d, row, start + i);
        if (length > 0) squares += 1;
        for (let c = 0; c < d; c++) mean[c]! += row[c]!;
      }
      read += rows;
    }
    if (read !== n) throw new Error(`${read} vectors were read, of ${n}`);
    let meanSquares = 0;
    for (let c = 0; c < d; c++) {
      mean[c]! /= Math.max(1, n);
      meanSquares += mean[c]! ** 2;
    }
    const left = squares / Math.max(1, n) - meanSquares;
    return new Standard(mean, left > SAME_DIRECTION ? 1 / Math.sqrt(left) : 0);
  }

  /** Writes row `at` of `values` to place `to` of `out`, one column every `stride` places. */
  write(
    values: Float32Array | Float64Array,
    at: number,
    out: Float64Array,
    to: number,
    stride: number,
  ): void {
    const { mean, scale } = this;
    const factor = scale / lengthOf(values, at, mean.length);
    if (Number.isFinite(factor)) {
      for (let c = 0; c < mean.length; c++) {
        out[to + c * stride] = values[at + c]! * factor - mean[c]! * scale;
      }
    } else {
      for (let c = 0; c < mean.length; c++) out[to + c * stride] = -mean[c]! * scale;
    }
  }
}

/** Writes the row at `at` to `out` at length 1 and returns its length. Throws `invalid-vectors`. */
export function unitInto(
  values: Float32Array | Float64Array,
  at: number,
  out: Float64Array,
  row: number,
): number {
  const d = out.length;
  const length = lengthOf(values, at, d);
  if (!Number.isFinite(length)) {
    let column = 0;
    while (column < d - 1 && Number.isFinite(values[at + column]!)) column += 1;
    throw new LinearError(
      "invalid-vectors",
      `row ${row}, column ${column}: ${values[at + column]} is not a finite number; ` +
        "encode the row anew, or replace its values by zeros",
    );
  }
  const factor = length > 0 ? 1 / length : 0;
  for (let c = 0; c < d; c++) out[c] = values[at + c]! * factor;
  return length;
}

/** A row's length; squares neither overflow nor vanish. */
function lengthOf(values: Float32Array | Float64Array, at: number, d: number): number {
  let squares = 0;
  for (let c = 0; c < d; c++) squares += values[at + c]! ** 2;
  if (squares > 1e-200 && squares < 1e200) return Math.sqrt(squares);
  let largest = 0;
  for (let c = 0; c < d; c++) {
    const size = Math.abs(values[at + c]!);
    if (!(size <= largest)) largest = size;
  }
  if (!Number.isFinite(largest)) return largest;
  if (largest < SMALLEST) return 0;
  squares = 0;
  for (let c = 0; c < d; c++) squares += (values[at + c]! / largest) ** 2;
  return largest * Math.sqrt(squares);
}
