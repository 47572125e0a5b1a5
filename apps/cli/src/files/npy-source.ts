import { createReadStream } from "node:fs";
import {
  clipProbability,
  type ProbabilityBlock,
  type ProbabilitySource,
} from "@winnow/confident-learning";
import { floatBlocks, type NpyStream, readNpy } from "@winnow/npy";
import { CliError } from "../terminal/failure.js";
import { named, naming } from "./naming.js";

/**
 * A probability source over an npy file (n, k) of float16, float32 or float64. The file is read again
 * on each pass, block by block; only one block is in memory at a time.
 */
export async function npySource(file: string, labels: Int32Array): Promise<ProbabilitySource> {
  const { rows, k, dtype } = await naming(file, async () => {
    const stream = createReadStream(file);
    try {
      return shapeOf(await readNpy(stream));
    } finally {
      stream.destroy();
    }
  });
  if (rows !== labels.length) {
    throw new CliError(
      "length-mismatch",
      `${file} has ${rows} rows and there are ${labels.length} labels; both must be of the same samples.`,
    );
  }
  return { n: rows, k, dtype, blocks: () => blocksOf(file, labels) };
}

async function* blocksOf(
  file: string,
  labels: Int32Array,
): AsyncGenerator<ProbabilityBlock, void, void> {
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  try {
    const npy = await readNpy(stream);
    for await (const { start, rows, values } of floatBlocks(npy, { reuseMemory: true })) {
      requireProbabilities(values, start, npy.columns);
      yield { start, rows, labels: labels.subarray(start, start + rows), probs: values };
    }
  } catch (error) {
    throw named(file, error);
  } finally {
    stream.destroy();
  }
}

function requireProbabilities(values: Float32Array | Float64Array, start: number, k: number): void {
  for (let at = 0; at < values.length; at++) {
    if (clipProbability(values[at]!) !== undefined) continue;
    const where = `row ${start + Math.floor(at / k)}, class ${at % k}`;
    throw new CliError(
      "invalid-probabilities",
      `${where}: the probability is ${values[at]}; it must be a number from 0 to 1`,
    );
  }
}

function shapeOf({ header, rows, columns }: NpyStream) {
  const { shape, dtype } = header;
  if (shape.length !== 2) {
    throw new CliError(
      "wrong-dimensions",
      `expected probabilities of shape (rows, classes), the shape is (${shape.join(", ")})`,
    );
  }
  if (dtype !== "float16" && dtype !== "float32" && dtype !== "float64") {
    throw new CliError(
      "wrong-dtype",
      `expected float16, float32 or float64, the file holds ${dtype}; save it with probs.astype(np.float32)`,
    );
  }
  // float16 widens to float32 without loss.
  return { rows, k: columns, dtype: dtype === "float64" ? dtype : ("float32" as const) };
}
