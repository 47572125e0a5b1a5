import { decodeIntegers, decodeStrings } from "@winnow/npy";
import { CliError } from "../terminal/failure.js";
import { type ArrayPath, withArray } from "./array-file.js";

/** Given labels as indexes of columns, (n), and what the file holds. */
export interface GivenLabels {
  readonly labels: Int32Array;
  readonly kind: "indexes" | "names";
}

/**
 * Labels from an npy (n) or (n, 1): integers are indexes of columns, strings are names out of
 * `classes`, the classes in column order. Errors name the file.
 */
export function readLabels(path: ArrayPath, classes?: readonly string[]): Promise<GivenLabels> {
  return withArray(path, async ({ header, rows, columns, blocks }) => {
    if (header.shape.length === 0 || header.shape.length > 2 || columns !== 1) {
      const shape = header.shape.join(", ");
      throw new CliError(
        "wrong-dimensions",
        `labels have the shape (rows); this one is (${shape}): one-hot labels are labels.argmax(axis=1)`,
      );
    }
    const indexOf = header.dtype === "str" ? indexesOf(classes) : undefined;
    const labels = new Int32Array(rows);
    for await (const { start, bytes } of blocks()) {
      if (indexOf === undefined) labels.set(decodeIntegers(header, bytes, start), start);
      else {
        for (const [i, name] of decodeStrings(header, bytes).entries()) {
          labels[start + i] = indexOf(name, start + i);
        }
      }
    }
    return { labels, kind: indexOf === undefined ? "indexes" : "names" };
  });
}

function indexesOf(classes: readonly string[] | undefined): (name: string, row: number) => number {
  if (classes === undefined) {
    throw new CliError(
      "classes-missing",
      "the labels are names; pass the classes in column order with --classes (in scikit-learn `model.classes_`)",
    );
  }
  const indexes = new Map(classes.map((name, index) => [name, index]));
  return (name, row) => {
    const index = indexes.get(name);
    if (index !== undefined) return index;
    throw new CliError(
      "classes-mismatch",
      `row ${row} has the label ${JSON.stringify(name.slice(0, 80))}, which is not among the ${classes.length} names of --classes`,
    );
  };
}
