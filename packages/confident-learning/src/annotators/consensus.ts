import { ConfidentLearningError } from "../errors.js";
import { checkedRows } from "../input/probability-checks.js";
import { type Pass, readBlocks } from "../input/read-blocks.js";
import type { ProbabilitySource } from "../input/source.js";
import { type AnnotatorQuality, annotatorQualities } from "./annotator-quality.js";
import { type AnnotatorVotes, checkVotes, mostVoted } from "./votes.js";
import { type AnnotatorWeights, annotatorWeights } from "./weights.js";

// CROWDLAB (Goh, Tkachenko, Mueller 2022) in the paper's letters. J_i: who labelled row i; I+: the rows
// with two votes or more; P (n, k): the model's out-of-sample probabilities.
//   v_i   majority vote; a tie goes to the tied class of the largest P[i]
//   s_j   agreement of annotator j with the others on I+
//   p     mean over I+ of the share of a row's votes that are v_i
//   A_M   share of I+ where argmax P[i] = v_i;  A_0: share of I+ with the most frequent v
//   w_j = 1 - (1 - s_j) / (1 - A_0);  w_M = (1 - (1 - A_M) / (1 - A_0)) sqrt(mean |J_i|); >= 1e-6
//   q_j(c) = p if j's label is c, else (1 - p) / (k - 1)
//   Q[i] = (w_M P[i] + sum over J_i of w_j q_j) / (w_M + sum over J_i of w_j)
// What the paper leaves open: an annotator without a row in I+ has the others' mean s; means over rows
// are of rows with a vote; 1 - A_0 is at least 1e-6.

/** The labels that annotators and a model agree on. */
export interface Consensus {
  /** (n): argmax Q; ties: the lower class. A row without votes has the model's likeliest class. */
  readonly labels: Int32Array;
  /** (n): max Q, how probable the consensus is. */
  readonly quality: Float64Array;
  /** (n): v; -1 for a row without votes. */
  readonly majority: Int32Array;
  /** (n): the share of the row's votes that are the consensus; NaN for a row without votes. */
  readonly agreement: Float64Array;
  /** (votes): Q of the vote's own label. */
  readonly voteQuality: Float64Array;
  readonly annotators: readonly AnnotatorQuality[];
  /** w_M, beside the annotators' weights. */
  readonly modelWeight: number;
}

/**
 * The consensus of several annotators by CROWDLAB. The source's labels are not looked at; it is read
 * twice, and its blocks are all that is held of (n, k). Throws `one-class-only`, `no-overlap` where no
 * row has two votes, `invalid-votes`, and what a faulty source has.
 */
export async function consensusLabels(
  votes: AnnotatorVotes,
  source: ProbabilitySource,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Consensus> {
  const { n, k } = source;
  if (k < 2) {
    const message = "there is one class, so nobody can disagree; name all classes";
    throw new ConfidentLearningError("one-class-only", message);
  }
  if (n !== votes.n) {
    const message = `${votes.n} rows have votes and ${n} have probabilities`;
    throw new ConfidentLearningError("length-mismatch", message);
  }
  checkVotes(votes, k);
  const pass = (number: number): Pass => ({
    pass: number,
    passes: 2,
    signal,
    onProgress: undefined,
  });
  const majority = new Int32Array(n);
  const predicted = new Int32Array(n);
  const counts = new Int32Array(k);
  await readBlocks(source, pass(1), (block) => {
    const probs = checkedRows(block.probs, 0, block.rows, k, block.start);
    for (let i = 0; i < block.rows; i++) {
      const row = block.start + i;
      const [from, to] = [votes.starts[row]!, votes.starts[row + 1]!];
      majority[row] = mostVoted(votes.label, from, to, counts, probs, i * k);
      predicted[row] = largest(probs, i * k, k);
    }
  });
  const weights = annotatorWeights(votes, majority, predicted, k);
  const labels = new Int32Array(n);
  const quality = new Float64Array(n);
  const agreement = new Float64Array(n);
  const voteQuality = new Float64Array(votes.label.length);
  const posterior = new Float64Array(k);
  await readBlocks(source, pass(2), (block) => {
    const probs = checkedRows(block.probs, 0, block.rows, k, block.start);
    for (let i = 0; i < block.rows; i++) {
      const row = block.start + i;
      const [from, to] = [votes.starts[row]!, votes.starts[row + 1]!];
      posteriorInto(posterior, probs.subarray(i * k, (i + 1) * k), votes, row, weights);
      const best = largest(posterior, 0, k);
      labels[row] = best;
      quality[row] = posterior[best]!;
      let same = 0;
      for (let at = from; at < to; at++) {
        voteQuality[at] = posterior[votes.label[at]!]!;
        if (votes.label[at] === best) same += 1;
      }
      agreement[row] = same / (to - from);
    }
  });
  const annotators = annotatorQualities(votes, weights, { labels, voteQuality }, k);
  const { modelWeight } = weights;
  return { labels, quality, majority, agreement, voteQuality, annotators, modelWeight };
}

/** Q[row] into `out` (k), from P[row]. */
function posteriorInto(
  out: Float64Array,
  p: ArrayLike<number>,
  { starts, annotator, label }: AnnotatorVotes,
  row: number,
  { weights, modelWeight, p: right }: AnnotatorWeights,
): void {
  const k = out.length;
  const wrong = (1 - right) / (k - 1);
  const [from, to] = [starts[row]!, starts[row + 1]!];
  let trusted = modelWeight;
  let others = 0;
  for (let at = from; at < to; at++) {
    const weight = weights[annotator[at]!]!;
    trusted += weight;
    others += weight * wrong;
  }
  for (let c = 0; c < k; c++) out[c] = (modelWeight * p[c]! + others) / trusted;
  // A class that somebody voted for has its own sum; all others share one.
  for (let at = from; at < to; at++) {
    const c = label[at]!;
    let sum = 0;
    for (let other = from; other < to; other++) {
      sum += weights[annotator[other]!]! * (label[other] === c ? right : wrong);
    }
    out[c] = (modelWeight * p[c]! + sum) / trusted;
  }
}

function largest(values: ArrayLike<number>, at: number, k: number): number {
  let best = 0;
  for (let c = 1; c < k; c++) if (values[at + c]! > values[at + best]!) best = c;
  return best;
}
