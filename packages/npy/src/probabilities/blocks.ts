import { decodeFloats } from "../data/decode.js";
import type { FloatBlock } from "../data/read-whole.js";
import type { BlockOptions, NpyStream } from "../data/stream.js";
import type { ProbabilityLayout } from "./layout.js";

/**
 * The rows of a file of probabilities in blocks, (rows, classes). One column becomes two: what is left
 * of 1, between 0 and 1, and the column as it is, so that a value that is no probability is seen there.
 */
export async function* probabilityBlocks(
  stream: NpyStream,
  { isSingle }: ProbabilityLayout,
  options: BlockOptions = {},
): AsyncGenerator<FloatBlock, void, void> {
  for await (const { start, rows, bytes } of stream.blocks(options)) {
    const values = decodeFloats(stream.header, bytes);
    yield { start, rows, values: isSingle ? bothOf(values) : values };
  }
}

function bothOf<T extends Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(ones: T) {
  const size = 2 * ones.length;
  const both = ones instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  for (const [row, p] of ones.entries()) {
    both[2 * row] = Math.min(1, Math.max(0, 1 - p));
    both[2 * row + 1] = p;
  }
  return both;
}
