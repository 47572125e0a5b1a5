import { NpyError } from "../errors.js";
import type { NpyHeader } from "../header/header.js";

/** How a file holds vectors: one a row. */
export interface VectorLayout {
  readonly rows: number;
  readonly columns: number;
}

/** The shape of an npy of vectors, (n, d). Throws `wrong-dimensions` and `wrong-dtype`, and how to mend it. */
export function vectorLayout({ shape, dtype }: NpyHeader): VectorLayout {
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows === undefined || !columns) {
    throw new NpyError(
      "wrong-dimensions",
      `npy: vectors have the shape (rows, columns); this array has (${shape.join(", ")})`,
    );
  }
  if (dtype !== "float16" && dtype !== "float32" && dtype !== "float64") {
    throw new NpyError(
      "wrong-dtype",
      `npy: vectors are float16, float32 or float64; this array has ${dtype}: save array.astype(np.float32)`,
    );
  }
  return { rows, columns };
}
