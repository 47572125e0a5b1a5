import { createReadStream } from "node:fs";
import type { ProbabilitySource } from "@winnow/confident-learning";
import { floatBlocks, type NpyStream, readNpy, readNpyIntegers } from "@winnow/npy";
import { CliError } from "../terminal/failure.js";

/** Labels (n) from a one-dimensional npy file of any integer type. Errors name the file. */
export function readLabels(file: string): Promise<Int32Array> {
  return naming(file, () => readNpyIntegers(createReadStream(file)));
}

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

async function* blocksOf(file: string, labels: Int32Array) {
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  try {
    const npy = await readNpy(stream);
    for await (const { start, rows, values } of floatBlocks(npy, { reuseMemory: true })) {
      yield { start, rows, labels: labels.subarray(start, start + rows), probs: values };
    }
  } catch (error) {
    throw named(file, error);
  } finally {
    stream.destroy();
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

async function naming<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw named(file, error);
  }
}

/** The error with the file's name before its message; its code stays. */
function named(file: string, error: unknown): unknown {
  const code: unknown = error instanceof Error && Reflect.get(error, "code");
  if (!(error instanceof Error) || typeof code !== "string") return error;
  if (code === "ENOENT") return new CliError("file-not-found", `There is no file ${file}.`);
  return new CliError(code, `${file}: ${error.message.replace(/^npy: /, "")}`, { cause: error });
}
