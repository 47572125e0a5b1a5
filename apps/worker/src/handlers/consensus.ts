import {
  type AnnotatorQuality,
  type AnnotatorVotes,
  type Consensus,
  consensusLabels,
} from "@winnow/confident-learning";
import type { AnnotatorProfile, DatasetProfile, DatasetSource } from "@winnow/contracts";
import {
  DROPPED,
  finishedCrossValidation,
  readCurrentDecisions,
  readLabels,
  readVotes,
  type Store,
  type StoredVotes,
} from "@winnow/store";
import { probabilitySource } from "./probability-source.js";

type Source = Extract<DatasetSource, { type: "consensus" }>;

/** The labels that a dataset's annotators, its reviews and a model agree on. */
export interface AgreedLabels {
  /** (n) class indices; -1 for a row that was dropped. */
  readonly labels: Int32Array;
  /** (n) how probable they are. */
  readonly quality: Float64Array;
  /** The profile of the annotators with what the consensus says of them. */
  judged(profile: AnnotatorProfile, classNames: readonly string[]): AnnotatorProfile;
}

/**
 * CROWDLAB over the votes of a dataset and the out-of-sample probabilities of one of its runs. Reviews are
 * the votes of one more annotator. Throws ConfidentLearningError "no-overlap".
 */
export async function agreedLabels(
  store: Store,
  { crossValidationId, reviews }: Source,
  annotators: number,
  signal: AbortSignal,
): Promise<AgreedLabels> {
  const run = await finishedCrossValidation(store, crossValidationId);
  const { labels: given } = await readLabels(store, run.datasetId);
  const stored = await readVotes(store, run.datasetId, run.rows);
  const decisions =
    reviews === "follow" ? await readCurrentDecisions(store, run.datasetId, given) : null;
  const isReviewed = decisions?.some((decision) => decision >= 0) ?? false;
  const votes =
    decisions && isReviewed
      ? withReviews(stored, annotators, decisions)
      : { ...stored, n: run.rows, annotators };
  const source = probabilitySource(store, crossValidationId, run.rows, run.classes);
  const consensus = await consensusLabels(votes, source, { signal });
  const labels = consensus.labels.map((label, i) => (decisions?.[i] === DROPPED ? -1 : label));
  const changed = labels.reduce(
    (sum, label, i) => sum + Number(label >= 0 && label !== given[i]),
    0,
  );
  return {
    labels,
    quality: consensus.quality,
    judged: (profile, classNames) => ({
      ...profile,
      annotators: profile.annotators.map((own, j) => ({
        ...own,
        ...figuresOf(consensus.annotators[j]!, classNames),
      })),
      consensus: {
        crossValidationId,
        reviews,
        modelWeight: consensus.modelWeight,
        meanQuality: meanQuality(consensus, labels),
        changed,
        reviewers: isReviewed ? reviewersOf(consensus.annotators[annotators]!, classNames) : null,
      },
    }),
  };
}

/** The votes with those of the reviews as an annotator after all others. */
function withReviews(
  { starts, annotator, label }: StoredVotes,
  annotators: number,
  decisions: Int32Array,
): AnnotatorVotes {
  const n = decisions.length;
  const more = decisions.reduce((sum, decision) => sum + Number(decision >= 0), 0);
  const all = {
    n,
    annotators: annotators + 1,
    starts: new Int32Array(n + 1),
    annotator: new Int32Array(annotator.length + more),
    label: new Int32Array(label.length + more),
  };
  let at = 0;
  for (let row = 0; row < n; row++) {
    const [from, to] = [starts[row]!, starts[row + 1]!];
    all.annotator.set(annotator.subarray(from, to), at);
    all.label.set(label.subarray(from, to), at);
    at += to - from;
    if (decisions[row]! >= 0) {
      all.annotator[at] = annotators;
      all.label[at++] = decisions[row]!;
    }
    all.starts[row + 1] = at;
  }
  return all;
}

const figuresOf = (one: AnnotatorQuality, classNames: readonly string[]) => ({
  quality: known(one.quality),
  weight: one.weight,
  worstClass: classNames[one.worstClass] ?? null,
});

const reviewersOf = (one: AnnotatorQuality, classNames: readonly string[]) => ({
  name: "reviews",
  votes: one.votes,
  agreementWithLabel: known(one.agreementWithConsensus),
  agreementWithOthers: known(one.agreementWithOthers),
  ...figuresOf(one, classNames),
});

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);

function meanQuality({ quality }: Consensus, labels: Int32Array): number {
  let sum = 0;
  let rows = 0;
  for (const [i, own] of quality.entries()) {
    if (labels[i]! < 0) continue;
    sum += own;
    rows += 1;
  }
  return sum / Math.max(1, rows);
}

/** The profile of a dataset whose labels were agreed on. */
export const judgedProfile = (
  profile: DatasetProfile,
  agreed: AgreedLabels | null,
  classNames: readonly string[],
): DatasetProfile =>
  agreed && profile.annotators
    ? { ...profile, annotators: agreed.judged(profile.annotators, classNames) }
    : profile;
