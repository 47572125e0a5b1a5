import { clipProbability } from "@winnow/confident-learning";
import { AppError, type OwnWarning } from "@winnow/contracts";
import { explainRow } from "@winnow/npy";

/** How far from 1 a row's sum may be. */
export const SUM_OFF = 1e-2;

export interface RowCheck {
  /**
   * Returns the rows as float32, (rows, K), columns in the order of the classes, clipped to [0, 1];
   * `start` is the first row's index. Throws `invalid-probabilities` naming row and class.
   */
  rows(values: Float32Array | Float64Array, start: number, rows: number): Float32Array;
  /** What is unusual about the rows so far; they can be used. */
  warnings(): OwnWarning[];
}

/**
 * Checks rows of probabilities; `columns` says which one each class has, by default its own index. With
 * `isSingle` the file has the second of two columns only.
 */
export function createRowCheck(
  classes: readonly string[],
  columns?: Int32Array,
  isSingle = false,
): RowCheck {
  const k = classes.length;
  let clipped = 0;
  let odd = 0;
  let firstOdd = "";
  return {
    rows(values, start, rows) {
      const isInPlace = values instanceof Float32Array && columns === undefined;
      const probs = isInPlace ? values : new Float32Array(values.length);
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        for (let c = 0; c < k; c++) {
          const value = values[row * k + (columns?.[c] ?? c)]!;
          sum += value;
          const probability = clipProbability(value);
          if (probability === undefined) {
            const given = values.subarray(row * k + (isSingle ? 1 : 0), (row + 1) * k);
            throw invalid(value, `Row ${start + row}, class ${c} (${shown(classes[c]!)})`, given);
          }
          if (probability !== value) clipped += 1;
          probs[row * k + c] = probability;
        }
        if (Math.abs(sum - 1) <= SUM_OFF) continue;
        firstOdd ||= `row ${start + row} with ${sum.toFixed(4)}`;
        odd += 1;
      }
      return probs;
    },
    warnings() {
      const warnings: OwnWarning[] = [];
      if (clipped > 0) {
        const message = `${clipped} probabilities are just outside [0, 1]; they were clipped.`;
        warnings.push({ code: "probabilities-clipped", message });
      }
      if (odd > 0) {
        const message =
          `The probabilities of ${odd} rows do not sum to 1 within ${SUM_OFF}; the first is ${firstOdd}. ` +
          "Scores of one model per class: probs / probs.sum(axis=1, keepdims=True).";
        warnings.push({ code: "row-sums", message });
      }
      return warnings;
    },
  };
}

function invalid(value: number, where: string, row: Float32Array | Float64Array): AppError {
  const what = Number.isFinite(value) ? "outside [0, 1]" : "it must be a finite number";
  const detail = `${where}: the probability is ${value}, ${what}. ${explainRow(row)}`;
  return new AppError("invalid-probabilities", detail);
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 80));
