import { NpyError } from "../errors.js";
import { decodeFloats, decodeIntegers, decodeStrings } from "./decode.js";
import { type BlockOptions, type Chunks, type NpyStream, readNpy } from "./stream.js";

/** Some rows of a float array: `values` is (rows, columns), row-major. */
export interface FloatBlock {
  readonly start: number;
  readonly rows: number;
  readonly values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

/** The rows of a float16, float32 or float64 file in blocks; float16 comes as Float32Array. */
export async function* floatBlocks(
  stream: NpyStream,
  options: BlockOptions = {},
): AsyncGenerator<FloatBlock, void, void> {
  for await (const { start, rows, bytes } of stream.blocks(options)) {
    yield { start, rows, values: decodeFloats(stream.header, bytes) };
  }
}

/**
 * A whole file of floats: its shape and its elements. For files that fit in memory.
 */
export async function readNpyFloats(source: Chunks): Promise<{
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}> {
  const stream = await readNpy(source);
  const wide = stream.header.dtype === "float64";
  const count = stream.rows * stream.columns;
  // allocated as data arrive, not by what the header claims
  const parts: (Float32Array | Float64Array)[] = [];
  for await (const block of floatBlocks(stream)) parts.push(block.values);
  const values = wide ? new Float64Array(count) : new Float32Array(count);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { shape: stream.header.shape, values };
}

/**
 * A one-dimensional file of any integer type (or bool) as int32, for labels and folds. Throws
 * `wrong-dimensions`, `wrong-dtype`, or `value-out-of-range` with the element.
 */
export async function readNpyIntegers(source: Chunks): Promise<Int32Array<ArrayBuffer>> {
  const stream = await oneDimensional(source);
  const parts: Int32Array[] = [];
  let count = 0;
  for await (const { start, bytes } of stream.blocks()) {
    const part = decodeIntegers(stream.header, bytes, start);
    parts.push(part);
    count += part.length;
  }
  const values = new Int32Array(count);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

/** A one-dimensional file of unicode strings, for class names. */
export async function readNpyStrings(source: Chunks): Promise<string[]> {
  const stream = await oneDimensional(source);
  const strings: string[] = [];
  for await (const { bytes } of stream.blocks()) {
    for (const text of decodeStrings(stream.header, bytes)) strings.push(text);
  }
  return strings;
}

async function oneDimensional(source: Chunks): Promise<NpyStream> {
  const stream = await readNpy(source);
  if (stream.header.shape.length !== 1) {
    const shape = stream.header.shape.join(", ");
    throw new NpyError("wrong-dimensions", `npy: expected one dimension; the shape is (${shape})`);
  }
  return stream;
}
