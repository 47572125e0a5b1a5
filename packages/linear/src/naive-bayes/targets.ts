/** What a model learns for each row: classes and their weights; a row without any teaches nothing. */
export interface Targets {
  readonly count: number;
  /** The most classes that a row has. */
  readonly most: number;
  /** Writes a row's classes and weights to the start of the arrays and returns their number. */
  read(row: number, classes: Uint16Array, weights: Float64Array): number;
}

/** The given labels, each with weight 1. */
export function hardTargets(labels: Int32Array): Targets {
  return {
    count: labels.length,
    most: 1,
    read(row, classes, weights) {
      classes[0] = labels[row]!;
      weights[0] = 1;
      return 1;
    },
  };
}

/** Soft targets (n, k), row-major; of each row its `most` largest. Default: all. */
export function softTargets(
  probabilities: Float32Array | Float64Array,
  k: number,
  most = k,
): Targets {
  const places = new Int32Array(k);
  return {
    count: probabilities.length / k,
    most: Math.min(most, k),
    read(row, classes, weights) {
      const at = row * k;
      let found = 0;
      if (most >= k) {
        for (let c = 0; c < k; c++) {
          if (probabilities[at + c]! > 0) places[found++] = c;
        }
      } else {
        const ranked = Array.from(places.keys()).sort(
          (a, b) => probabilities[at + b]! - probabilities[at + a]! || a - b,
        );
        for (const c of ranked.slice(0, most)) {
          if (probabilities[at + c]! > 0) places[found++] = c;
        }
        places.subarray(0, found).sort();
      }
      for (let i = 0; i < found; i++) {
        classes[i] = places[i]!;
        weights[i] = probabilities[at + places[i]!]!;
      }
      return found;
    },
  };
}

/** Of each row the same number of classes, ascending, and their weights: both (n, most). */
export interface SparseTargets {
  readonly most: number;
  readonly classes: Uint16Array;
  readonly weights: Float32Array;
}

/** Soft targets of few classes a row; those without weight are left out. */
export function sparseTargets({ most, classes, weights }: SparseTargets): Targets {
  return {
    count: classes.length / most,
    most,
    read(row, found, shares) {
      let count = 0;
      for (let at = row * most; at < (row + 1) * most; at++) {
        if (!(weights[at]! > 0)) continue;
        found[count] = classes[at]!;
        shares[count++] = weights[at]!;
      }
      return count;
    },
  };
}
