import { fitNaiveBayes, hardTargets, type Targets, type TextFeatures } from "@winnow/linear";

/** What the models of a version are trained on and asked. */
export interface Asked {
  readonly features: TextFeatures;
  /** By row: the fold whose model, which did not learn from it, predicts it. */
  readonly folds: Uint8Array;
  /** The folds whose rows are predicted. */
  readonly asked: readonly number[];
  readonly k: number;
}

/** The class that each asked row's own fold predicts, (n). Rows without a target teach nothing. */
export async function predictions(
  targets: Targets,
  { features, folds, asked, k }: Asked,
): Promise<Int32Array> {
  const model = await fitNaiveBayes(features, {
    ...{ k, folds },
    targets: followed(targets, features.count),
  });
  const found = new Int32Array(features.count);
  const z = new Float64Array(k);
  for (const fold of asked) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) {
      model.scoresInto(row, z);
      let best = 0;
      for (let c = 1; c < k; c++) if (z[c]! > z[best]!) best = c;
      found[row] = best;
    }
  }
  return found;
}

/** The same targets, and rows without any after them. */
const followed = (targets: Targets, count: number): Targets => ({
  ...{ count, most: targets.most },
  read: (row, classes, weights) => (row < targets.count ? targets.read(row, classes, weights) : 0),
});

/** Labels (n); -1: a row that teaches nothing. */
export function labelsWithGaps(labels: Int32Array): Targets {
  return {
    count: labels.length,
    most: 1,
    read(row, classes, weights) {
      if (labels[row]! < 0) return 0;
      classes[0] = labels[row]!;
      weights[0] = 1;
      return 1;
    },
  };
}

/** The labels after a review of these rows that knows the truth, where it is known. */
export function corrected(labels: Int32Array, truth: Int32Array, rows: readonly number[]): Targets {
  const after = labels.slice();
  for (const row of rows) if (truth[row]! >= 0) after[row] = truth[row]!;
  return hardTargets(after);
}
