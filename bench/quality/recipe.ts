import {
  arraySource,
  findLabelIssues,
  meanInto,
  POOL_SHARES,
  poolInto,
  softTargetsOf,
  transitionOf,
} from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import { createTokenizer, learnVocabulary } from "@winnow/encoder";
import {
  fitNaiveBayes,
  fitTemperature,
  foldOrder,
  hardTargets,
  sparseTargets,
  type Targets,
  type TextFeatures,
  temper,
  textFeatures,
  textsOf,
} from "@winnow/linear";
import { crossValidate, linearAlone } from "./cross-validate.js";
import type { QualitySet } from "./sets.js";

const QUICK_FOLDS = 10;
const FOLDS = 5;
/** Classes of a row that the second round learns from. */
const TARGETS = 10;
const LONGEST = 96;

/** What teaches the second round beside the quick model: the mean of so many models, (n, classes). */
export interface Given {
  readonly probs: Float32Array | Float64Array;
  readonly models: number;
  readonly seconds: number;
}

/** Probabilities (n, classes), and what they took. */
export interface Pooled {
  readonly probs: Float64Array;
  readonly seconds: number;
}

/** The quick model alone, and the pool with each of the others (docs/explanation/methods.md). */
export async function runRecipe(
  set: QualitySet,
  seed: number,
  others: readonly Given[],
): Promise<{ readonly quick: Pooled; readonly pools: readonly Pooled[] }> {
  const { texts, given: labels } = set;
  const clock = stopwatch();
  const folds = assignFolds(labels, QUICK_FOLDS, seed);
  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const quick = await naiveBayes(features, hardTargets(labels), folds, set);
  const seconds = clock();
  const pools: Pooled[] = [];
  for (const given of others) {
    const probs = await poolOf(set, { features, folds, quick }, given);
    pools.push({ probs, seconds: seconds + given.seconds + clock() });
  }
  return { quick: { probs: quick, seconds }, pools };
}

async function poolOf(
  set: QualitySet,
  {
    features,
    folds,
    quick,
  }: {
    readonly features: TextFeatures;
    readonly folds: Uint8Array;
    readonly quick: Float64Array;
  },
  given: Given,
): Promise<Float64Array> {
  const { given: labels, classes: k } = set;
  const teacher = new Float64Array(quick.length);
  const models = Array.from({ length: given.models }, () => given.probs);
  meanInto([...models, quick], k, teacher);
  const source = arraySource(labels, teacher, k);
  const { exactJoint } = await findLabelIssues(source, { semantics: "cleanlab-2" });
  const targets = await softTargetsOf(source, transitionOf(exactJoint, k), { most: TARGETS });
  const pool = await naiveBayes(features, sparseTargets(targets), folds, set);
  const members = [
    { probs: given.probs, share: POOL_SHARES.given },
    { probs: quick, share: POOL_SHARES.quick },
    { probs: pool, share: POOL_SHARES.second },
  ];
  poolInto(members, k, pool);
  return pool;
}

async function naiveBayes(
  features: TextFeatures,
  targets: Targets,
  folds: Uint8Array,
  { given, classes: k }: QualitySet,
): Promise<Float64Array> {
  const model = await fitNaiveBayes(features, { k, targets, folds });
  const scores = new Float64Array(given.length * k);
  for (let fold = 0; fold < model.folds; fold++) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) {
      model.scoresInto(row, scores.subarray(row * k, (row + 1) * k));
    }
  }
  temper(scores, k, fitTemperature({ scores, labels: given, k }));
  return scores;
}

/** The linear model in the place of the network. */
export async function linearModel(set: QualitySet, seed: number): Promise<Given> {
  const clock = stopwatch();
  const { texts, given, classes } = set;
  const vocabulary = learnVocabulary(texts);
  const tokens = createTokenizer(vocabulary, { maxLength: LONGEST }).encodeAll(texts);
  const folds = assignFolds(given, FOLDS, seed);
  const rows = Int32Array.from(given.keys());
  const all = new Float64Array(given.length * classes);
  for (let fold = 0; fold < FOLDS; fold++) {
    const testIndices = rows.filter((row) => folds[row] === fold);
    const probs = await linearAlone({
      classes,
      tokens,
      labels: given,
      trainIndices: rows.filter((row) => folds[row] !== fold),
      testIndices,
      seed: seed * 1000 + fold,
    });
    testIndices.forEach((row, i) => {
      all.set(probs.subarray(i * classes, (i + 1) * classes), row * classes);
    });
  }
  return { probs: all, models: 1, seconds: clock() };
}

/** The network and its linear part, as the service trains them by default: their mean. */
export async function networkModel(set: QualitySet, seed: number): Promise<Given> {
  const folds = assignFolds(set.given, FOLDS, seed);
  const recipe = { model: {}, training: {}, pretrainEpochs: 0 };
  const { probs, seconds, alone } = await crossValidate({ ...set, folds }, seed, recipe);
  const models = Math.max(1, Object.keys(alone).length);
  return { probs, models, seconds };
}

function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
