/** Rows whose largest probability falls into one of ten ranges. */
export interface ReliabilityBin {
  readonly rows: number;
  /** Means of the range: of the largest probability, and of whether its class is the label. */
  readonly confidence: number;
  readonly agreement: number;
}

export interface Judged {
  /** Rows by given label (row) and predicted class (column). */
  readonly confusion: number[][];
  readonly bins: readonly (ReliabilityBin | null)[];
}

const BINS = 10;

/** Compares probabilities (rows, classes), row-major, with the given labels (rows). */
export function judge(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Judged {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const sums = Array.from({ length: BINS }, () => ({ rows: 0, confidence: 0, hits: 0 }));
  for (let row = 0; row < labels.length; row += 1) {
    let best = 0;
    for (let k = 1; k < classes; k += 1) {
      if (probabilities[row * classes + k]! > probabilities[row * classes + best]!) best = k;
    }
    const confidence = probabilities[row * classes + best]!;
    const given = labels[row]!;
    confusion[given]![best]! += 1;
    const sum = sums[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    sum.rows += 1;
    sum.confidence += confidence;
    if (best === given) sum.hits += 1;
  }
  const bins = sums.map(({ rows, confidence, hits }) =>
    rows === 0 ? null : { rows, confidence: confidence / rows, agreement: hits / rows },
  );
  return { confusion, bins };
}
