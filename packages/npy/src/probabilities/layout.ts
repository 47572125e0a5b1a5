import { NpyError } from "../errors.js";
import type { NpyHeader } from "../header/header.js";

/** How a file holds probabilities. */
export interface ProbabilityLayout {
  /** Rows of the file; whether they are the samples is the caller's to say. */
  readonly rows: number;
  readonly classes: number;
  /** Two classes in one column: the probability of class 1. */
  readonly isSingle: boolean;
  readonly dtype: "float32" | "float64";
}

/** What the file should hold; `classes` where it is known. */
export interface WantedProbabilities {
  readonly rows: number;
  readonly classes?: number | undefined;
}

/**
 * How an npy holds probabilities: (n, k), or (n) or (n, 1) with those of class 1 of two classes. Throws
 * `wrong-dtype`, `wrong-dimensions` and `wrong-shape` with the numpy call that mends the file; a wrong
 * number of rows is not looked at.
 */
export function probabilityLayout(
  header: NpyHeader,
  wanted: WantedProbabilities,
): ProbabilityLayout {
  const { dtype, shape } = header;
  if (dtype !== "float16" && dtype !== "float32" && dtype !== "float64") throw wrongType(dtype);
  requireMatrix(shape, wanted);
  const columns = shape[1] ?? 1;
  const isSingle = columns === 1 && (wanted.classes ?? 2) === 2;
  const classes = isSingle ? 2 : columns;
  if (classes !== (wanted.classes ?? classes)) throw wrongColumns(shape, wanted);
  // float16 widens to float32 without loss.
  return { rows: shape[0]!, classes, isSingle, dtype: dtype === "float64" ? dtype : "float32" };
}

function wrongType(dtype: string): NpyError {
  const why =
    dtype === "str"
      ? "save them as numbers: probs.astype(np.float32)"
      : "whole numbers are labels, votes or predicted classes. Save what model.predict_proba(...) " +
        "returns; if 0 and 1 are the probabilities, probs.astype(np.float32)";
  return new NpyError(
    "wrong-dtype",
    `npy: expected floating-point numbers; the file has ${dtype}: ${why}`,
  );
}

function requireMatrix(shape: readonly number[], { rows, classes }: WantedProbabilities): void {
  if (shape.length === 1 || shape.length === 2) {
    const [first, second] = shape;
    const isTransposed =
      second === rows && first !== rows && (classes === undefined || first === classes);
    if (!isTransposed) return;
    throw new NpyError(
      "wrong-shape",
      `npy: the shape is (${shape.join(", ")}), a column a sample; save probs.T`,
    );
  }
  const squeezed = shape.filter((size) => size !== 1);
  const fix =
    squeezed.length > 0 && squeezed.length <= 2
      ? "save probs.squeeze()"
      : shape.length === 3 && (shape[0] === rows || shape[1] === rows)
        ? `if the other axis is models or repeats, save probs.mean(axis=${shape[1] === rows ? 0 : 1})`
        : "save one row a sample, one column a class";
  throw new NpyError(
    "wrong-dimensions",
    `npy: expected (rows, classes); the shape is (${shape.join(", ")}): ${fix}`,
  );
}

function wrongColumns(shape: readonly number[], { rows, classes = 0 }: WantedProbabilities) {
  const columns = shape[1] ?? 1;
  const why =
    columns === 1
      ? "one probability a row says enough for two classes only"
      : columns === classes + 1
        ? "one column too many: leave out the index or the label, as in probs[:, 1:]"
        : columns < classes
          ? "a class that the model has never seen needs a column too, of zeros"
          : "each class has one column";
  return new NpyError(
    "wrong-shape",
    `npy: the shape is (${shape.join(", ")}), and ${classes} classes require (${rows}, ${classes}): ${why}`,
  );
}
