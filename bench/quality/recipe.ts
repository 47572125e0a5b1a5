import {
  arraySource,
  findLabelIssues,
  meanInto,
  POOL_SHARES,
  poolInto,
  softLabels,
  transitionOf,
} from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import { createTokenizer, learnVocabulary } from "@winnow/encoder";
import {
  fitNaiveBayes,
  fitTemperature,
  foldOrder,
  hardTargets,
  softTargets,
  type Targets,
  type TextFeatures,
  temper,
  textFeatures,
  textsOf,
} from "@winnow/linear";
import { linearAlone } from "./cross-validate.js";
import type { QualitySet } from "./sets.js";

const QUICK_FOLDS = 10;
const LINEAR_FOLDS = 5;
const LONGEST = 96;

/** The members of the recipe without a network, and its pool; each (n, classes). */
export interface Members {
  readonly quick: Float64Array;
  readonly linear: Float64Array;
  readonly pool: Float64Array;
  readonly seconds: { readonly quick: number; readonly linear: number; readonly second: number };
}

/** The full recipe with the linear model in the place of the network (docs/explanation/methods.md). */
export async function runRecipe(set: QualitySet, seed: number): Promise<Members> {
  const { texts, given, classes: k } = set;
  const folds = assignFolds(given, QUICK_FOLDS, seed);
  const clock = stopwatch();
  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const quick = await naiveBayes(features, hardTargets(given), folds, set);
  const quickSeconds = clock();
  const linear = await linearModel(set, seed);
  const linearSeconds = clock();
  const teacher = new Float64Array(quick.length);
  meanInto([linear, quick], k, teacher);
  const source = arraySource(given, teacher, k);
  const { exactJoint } = await findLabelIssues(source, { semantics: "cleanlab-2" });
  const soft = new Float64Array(quick.length);
  const transition = transitionOf(exactJoint, k);
  for await (const block of softLabels(source, transition, { top: k })) {
    block.classes.forEach((c, i) => {
      soft[(block.start + Math.floor(i / block.top)) * k + c] = block.probabilities[i]!;
    });
  }
  const pool = await naiveBayes(features, softTargets(soft, k), folds, set);
  const members = [
    { probs: linear, share: POOL_SHARES.given },
    { probs: quick, share: POOL_SHARES.quick },
    { probs: pool, share: POOL_SHARES.second },
  ];
  poolInto(members, k, pool);
  const seconds = { quick: quickSeconds, linear: linearSeconds, second: clock() };
  return { quick, linear, pool, seconds };
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

async function linearModel(set: QualitySet, seed: number): Promise<Float64Array> {
  const { texts, given, classes } = set;
  const vocabulary = learnVocabulary(texts);
  const tokens = createTokenizer(vocabulary, { maxLength: LONGEST }).encodeAll(texts);
  const folds = assignFolds(given, LINEAR_FOLDS, seed);
  const rows = Int32Array.from(given.keys());
  const all = new Float64Array(given.length * classes);
  for (let fold = 0; fold < LINEAR_FOLDS; fold++) {
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
  return all;
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
