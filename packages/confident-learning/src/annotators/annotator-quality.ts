import type { AnnotatorVotes } from "./votes.js";
import type { AnnotatorWeights } from "./weights.js";

/** What is known of one annotator. */
export interface AnnotatorQuality {
  readonly annotator: number;
  readonly votes: number;
  /** In [0, 1]: how good the labels are; NaN without any vote. */
  readonly quality: number;
  /** The share of the votes that are the consensus; NaN without any vote. */
  readonly agreementWithConsensus: number;
  /** Agreement with the others on rows of several votes; NaN where there is no such row. */
  readonly agreementWithOthers: number;
  /** w, relative to the model's. */
  readonly weight: number;
  /** The class whose labels of this annotator are least often the consensus; -1 without any vote. */
  readonly worstClass: number;
}

/** `labels` (n) are the consensus, `voteQuality` (votes) the probability of each vote's label. */
export function annotatorQualities(
  votes: AnnotatorVotes,
  { agreement, shared, weights, modelWeight }: AnnotatorWeights,
  { labels, voteQuality }: { readonly labels: Int32Array; readonly voteQuality: Float64Array },
  k: number,
): AnnotatorQuality[] {
  const { n, annotators, starts, annotator, label } = votes;
  const counts = new Int32Array(annotators);
  const qualities = new Float64Array(annotators);
  const agreed = new Int32Array(annotators);
  const agreedShared = new Int32Array(annotators);
  const byClass = new Map<number, ClassVotes>();
  let trusted = 0;
  let voted = 0;
  for (let row = 0; row < n; row++) {
    const [from, to] = [starts[row]!, starts[row + 1]!];
    if (to > from) voted += 1;
    let ofRow = 0;
    for (let at = from; at < to; at++) {
      const j = annotator[at]!;
      ofRow += weights[j]!;
      counts[j]! += 1;
      qualities[j]! += voteQuality[at]!;
      const isAgreed = label[at] === labels[row];
      if (isAgreed) {
        agreed[j]! += 1;
        if (to - from > 1) agreedShared[j]! += 1;
      }
      const key = j * k + label[at]!;
      const own = byClass.get(key) ?? { votes: 0, agreed: 0, quality: 0 };
      own.votes += 1;
      own.agreed += Number(isAgreed);
      own.quality += voteQuality[at]!;
      byClass.set(key, own);
    }
    trusted += ofRow;
  }
  const perRow = trusted / voted;
  const worst = worstClasses(byClass, annotators, k);
  return Array.from({ length: annotators }, (_, j) => {
    const labelled = qualities[j]! / counts[j]!;
    // Labels that nobody else gave a row are judged by the model alone.
    const quality =
      shared[j] === 0
        ? labelled
        : (modelWeight * labelled + perRow * (agreedShared[j]! / shared[j]!)) /
          (modelWeight + perRow);
    return {
      annotator: j,
      votes: counts[j]!,
      quality,
      agreementWithConsensus: agreed[j]! / counts[j]!,
      agreementWithOthers: agreement[j]!,
      weight: weights[j]!,
      worstClass: worst[j]!,
    };
  });
}

/** The votes of one annotator for one class. */
interface ClassVotes {
  votes: number;
  agreed: number;
  /** The sum over the votes. */
  quality: number;
}

/** By annotator; ties: the class of the lower mean quality, then the lower class. */
function worstClasses(
  byClass: ReadonlyMap<number, ClassVotes>,
  annotators: number,
  k: number,
): Int32Array {
  const worst = new Int32Array(annotators).fill(-1);
  for (const [key, own] of byClass) {
    const [j, c] = [Math.floor(key / k), key % k];
    const other = worst[j]! < 0 ? undefined : byClass.get(j * k + worst[j]!)!;
    if (other === undefined || isWorse(own, other, c < worst[j]!)) worst[j] = c;
  }
  return worst;
}

function isWorse(own: ClassVotes, other: ClassVotes, isLower: boolean): boolean {
  const agreement = own.agreed / own.votes - other.agreed / other.votes;
  if (agreement !== 0) return agreement < 0;
  const quality = own.quality / own.votes - other.quality / other.votes;
  return quality !== 0 ? quality < 0 : isLower;
}
