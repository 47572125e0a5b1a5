import { ConfidentLearningError } from "../errors.js";

/** Who gave which row which label: the votes of row i are those from `starts[i]` to `starts[i + 1]`. */
export interface AnnotatorVotes {
  /** Rows; some may have no vote. */
  readonly n: number;
  /** Annotators, who are numbers from 0. */
  readonly annotators: number;
  /** (n + 1) */
  readonly starts: Int32Array;
  /** (votes) */
  readonly annotator: Int32Array;
  /** (votes): class indices. */
  readonly label: Int32Array;
}

/** Votes of a table (n, annotators) row-major of class indices; below 0: no vote. */
export function votesOfTable(labels: ArrayLike<number>, annotators: number): AnnotatorVotes {
  if (!Number.isSafeInteger(annotators) || annotators < 1 || labels.length % annotators !== 0) {
    throw new ConfidentLearningError(
      "length-mismatch",
      `${labels.length} labels are no table of ${annotators} annotators`,
    );
  }
  const n = labels.length / annotators;
  const starts = new Int32Array(n + 1);
  for (let row = 0; row < n; row++) {
    let count = 0;
    for (let j = 0; j < annotators; j++) if (labels[row * annotators + j]! >= 0) count += 1;
    starts[row + 1] = starts[row]! + count;
  }
  const annotator = new Int32Array(starts[n]!);
  const label = new Int32Array(starts[n]!);
  let at = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! < 0) continue;
    annotator[at] = i % annotators;
    label[at++] = labels[i]!;
  }
  return { n, annotators, starts, annotator, label };
}

/**
 * Throws `length-mismatch` for arrays that do not fit together, `label-out-of-range` for a label that
 * is none of k classes, and `invalid-votes` for an annotator that is none or voted twice on a row.
 */
export function checkVotes({ n, annotators, starts, annotator, label }: AnnotatorVotes, k: number) {
  const votes = label.length;
  if (starts.length !== n + 1 || starts[n] !== votes || annotator.length !== votes) {
    throw new ConfidentLearningError(
      "length-mismatch",
      `${n} rows, ${starts.length} starts, ${annotator.length} annotators and ${votes} labels`,
    );
  }
  const lastRow = new Int32Array(annotators).fill(-1);
  for (let row = 0; row < n; row++) {
    for (let at = starts[row]!; at < starts[row + 1]!; at++) {
      const j = annotator[at]!;
      const own = label[at]!;
      if (own < 0 || own >= k) {
        const message = `row ${row}: ${own} is none of the ${k} classes`;
        throw new ConfidentLearningError("label-out-of-range", message, { row });
      }
      if (j < 0 || j >= annotators) {
        const message = `row ${row}: ${j} is none of the ${annotators} annotators`;
        throw new ConfidentLearningError("invalid-votes", message, { row });
      }
      if (lastRow[j] === row) {
        const message = `row ${row}: annotator ${j} has two votes; keep one`;
        throw new ConfidentLearningError("invalid-votes", message, { row });
      }
      lastRow[j] = row;
    }
  }
}

/** Throws `no-overlap` where no row has two votes: nobody can be compared with anybody. */
export function requireOverlap({ n, starts }: AnnotatorVotes): void {
  for (let row = 0; row < n; row++) if (starts[row + 1]! - starts[row]! > 1) return;
  throw new ConfidentLearningError(
    "no-overlap",
    "no row has votes of two annotators, so nobody can be compared with anybody; have some rows labelled twice",
  );
}

/**
 * The label that most annotators gave each row (n), what a first model learns from; a tie goes to the
 * class that has more votes in all rows, then to the lower one. A row without votes has -1.
 */
export function majorityVotes({ n, starts, label }: AnnotatorVotes, k: number): Int32Array {
  const overall = new Float64Array(k);
  for (const own of label) overall[own]! += 1;
  const majority = new Int32Array(n).fill(-1);
  const counts = new Int32Array(k);
  for (let row = 0; row < n; row++) {
    majority[row] = mostVoted(label, starts[row]!, starts[row + 1]!, counts, overall, 0);
  }
  return majority;
}

/**
 * The class with most of the votes from `from` to `to`, -1 without any; among tied ones that whose
 * `preference[at + class]` is largest, then the lowest. `counts` (k) are zeros, before and after.
 */
export function mostVoted(
  label: Int32Array,
  from: number,
  to: number,
  counts: Int32Array,
  preference: ArrayLike<number>,
  at: number,
): number {
  for (let i = from; i < to; i++) counts[label[i]!]! += 1;
  let best = -1;
  for (let i = from; i < to; i++) {
    const c = label[i]!;
    if (best < 0 || counts[c]! > counts[best]!) best = c;
    else if (counts[c] === counts[best]) {
      const [own, other] = [preference[at + c]!, preference[at + best]!];
      if (own > other || (own === other && c < best)) best = c;
    }
  }
  for (let i = from; i < to; i++) counts[label[i]!] = 0;
  return best;
}
