import { type AnnotatorVotes, requireOverlap } from "./votes.js";

/** How far annotators and the model are trusted: the letters are those of `consensus.ts`. */
export interface AnnotatorWeights {
  /** s (annotators): agreement with the others on rows of I+; NaN: no such row. */
  readonly agreement: Float64Array;
  /** Votes on rows of I+, by annotator. */
  readonly shared: Int32Array;
  /** p: the mean share of a row's votes that are for its majority. */
  readonly p: number;
  /** w (annotators). */
  readonly weights: Float64Array;
  /** w_M */
  readonly modelWeight: number;
}

const SMALLEST = 1e-6;

/**
 * The weights of annotators and model. `majority` (n) are the rows' majority votes, `predicted` (n) the
 * model's likeliest classes. Throws `no-overlap` where no row has two votes.
 */
export function annotatorWeights(
  votes: AnnotatorVotes,
  majority: Int32Array,
  predicted: Int32Array,
  k: number,
): AnnotatorWeights {
  requireOverlap(votes);
  const { n, annotators, starts, annotator, label } = votes;
  const same = new Float64Array(annotators);
  const others = new Float64Array(annotators);
  const shared = new Int32Array(annotators);
  const ofClass = new Int32Array(k);
  const majorities = new Int32Array(k);
  let rows = 0;
  let shares = 0;
  let predictions = 0;
  let voted = 0;
  for (let row = 0; row < n; row++) {
    const [from, to] = [starts[row]!, starts[row + 1]!];
    const count = to - from;
    if (count > 0) voted += 1;
    if (count < 2) continue;
    for (let at = from; at < to; at++) ofClass[label[at]!]! += 1;
    for (let at = from; at < to; at++) {
      const j = annotator[at]!;
      same[j]! += ofClass[label[at]!]! - 1;
      others[j]! += count - 1;
      shared[j]! += 1;
    }
    const v = majority[row]!;
    rows += 1;
    shares += ofClass[v]! / count;
    majorities[v]! += 1;
    if (predicted[row] === v) predictions += 1;
    for (let at = from; at < to; at++) ofClass[label[at]!] = 0;
  }
  const agreement = same.map((count, j) => (others[j]! > 0 ? count / others[j]! : Number.NaN));
  const known = agreement.filter((share) => !Number.isNaN(share));
  const mean = known.reduce((sum, share) => sum + share, 0) / known.length;
  // What is left to gain over always guessing the most frequent vote; none, if all votes are for it.
  const room = Math.max(
    SMALLEST,
    1 - majorities.reduce((most, count) => Math.max(most, count)) / rows,
  );
  const trust = (share: number) => 1 - (1 - share) / room;
  const perRow = label.length / voted;
  return {
    agreement,
    shared,
    p: shares / rows,
    weights: agreement.map((share) =>
      Math.max(SMALLEST, trust(Number.isNaN(share) ? mean : share)),
    ),
    modelWeight: Math.max(SMALLEST, trust(predictions / rows) * Math.sqrt(perRow)),
  };
}
