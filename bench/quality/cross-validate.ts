import {
  createTokenizer,
  learnVocabulary,
  linearPartHere,
  type ModelOptions,
  modelConfig,
  pretrain,
  type TrainingOptions,
  tokensInMemory,
  trainFold,
  wholeRows,
} from "@winnow/encoder";
import { fitSoftmaxRegression } from "@winnow/linear";
import type { QualitySet } from "./sets.js";

export interface Recipe {
  readonly model: ModelOptions;
  readonly training: TrainingOptions;
  /** How often the texts are read before the folds are trained. */
  readonly pretrainEpochs: number;
}

/** A model's held-out probabilities (n, classes), and what they took. */
export interface Predictions {
  readonly probs: Float32Array;
  readonly seconds: number;
}

export interface CrossValidated extends Predictions {
  /** The recipe's network and linear part, each without the other; empty where it trains one model. */
  readonly alone: Readonly<Record<string, Predictions>>;
  /** Which epoch was taken, and the log loss of each. */
  readonly note: string;
}

/** Trains every fold; takes the epoch with the lowest log loss over all folds together. */
export async function crossValidate(
  set: QualitySet,
  seed: number,
  recipe: Recipe,
): Promise<CrossValidated> {
  const startedAt = performance.now();
  const { given, classes } = set;
  const config = modelConfig(recipe.model);
  const vocabulary = learnVocabulary(set.texts);
  const tokens = createTokenizer(vocabulary, { maxLength: config.maxLength }).encodeAll(set.texts);
  const byEpoch = new Map<number, Float32Array>();
  const linear = new Float32Array(given.length * classes);
  let hasLinear = false;
  const epochs = recipe.pretrainEpochs;
  const weights =
    epochs > 0
      ? await pretrain({ config, vocabulary, rows: tokensInMemory(tokens), seed, epochs })
      : undefined;
  const rows = Int32Array.from(given.keys());
  for (let fold = 0; fold <= Math.max(...set.folds); fold++) {
    const testIndices = rows.filter((row) => set.folds[row] === fold);
    const put = (into: Float32Array, probs: Float32Array) =>
      testIndices.forEach((row, i) => {
        into.set(probs.subarray(i * classes, (i + 1) * classes), row * classes);
      });
    const data = {
      config,
      vocabularySize: vocabulary.tokens.length,
      classes,
      tokens,
      labels: given,
      trainIndices: rows.filter((row) => set.folds[row] !== fold),
      testIndices,
      seed: seed * 1000 + fold,
    };
    const trained = await trainFold({
      ...data,
      training: recipe.training,
      fitLinearPart: (data, signal) => linearPartHere(fitSoftmaxRegression, data, signal),
      ...(weights && { weights }),
      onHeldOut: (epoch, probs) => {
        const all = byEpoch.get(epoch) ?? new Float32Array(linear.length);
        byEpoch.set(epoch, all);
        put(all, probs);
      },
    });
    if (trained.linear === null) continue;
    put(linear, trained.linear);
    hasLinear = true;
  }
  const { epoch, probs, losses } = lowestLoss(byEpoch, given, classes);
  const seconds = (performance.now() - startedAt) / 1000;
  // The recipe's mean, solved for the network; rounding may lift it just above 1.
  const network = probs.map((p, i) => Math.min(Math.max(2 * p - linear[i]!, 1e-9), 1));
  return {
    probs,
    seconds,
    alone: hasLinear
      ? { network: { probs: network, seconds }, "linear part": { probs: linear, seconds } }
      : {},
    note: `epoch ${epoch} of ${byEpoch.size} (${losses.map((loss) => loss.toFixed(3))})`,
  };
}

function lowestLoss(
  byEpoch: ReadonlyMap<number, Float32Array>,
  given: Int32Array,
  classes: number,
) {
  let best: { epoch: number; probs: Float32Array; loss: number } | undefined;
  const losses: number[] = [];
  for (const [epoch, probs] of byEpoch) {
    let sum = 0;
    given.forEach((label, row) => {
      sum -= Math.log(Math.max(probs[row * classes + label]!, 1e-12));
    });
    const loss = sum / given.length;
    losses.push(loss);
    if (best === undefined || loss < best.loss) best = { epoch, probs, loss };
  }
  if (best === undefined) throw new Error("no epoch was evaluated");
  return { ...best, losses };
}

/** The linear model alone: its held-out probabilities. */
export const linearAlone = (
  data: Parameters<typeof wholeRows>[0] & { readonly seed: number },
): Promise<Float32Array> =>
  linearPartHere(fitSoftmaxRegression, {
    rows: wholeRows(data),
    plan: { classWeights: "none", labelSmoothing: 0 },
    ...{ classes: data.classes, seed: data.seed },
  });

/** Rows to the power 1 / t, summing to 1 again. */
export function tempered(probs: Float32Array, t: number, classes: number): Float32Array {
  const powers = probs.map((p) => p ** (1 / t));
  for (let at = 0; at < powers.length; at += classes) {
    const row = powers.subarray(at, at + classes);
    const total = row.reduce((sum, p) => sum + p, 0);
    row.forEach((p, c) => {
      row[c] = p / total;
    });
  }
  return powers;
}
