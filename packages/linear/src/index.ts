export { LinearError, type LinearErrorCode } from "./errors.js";
export { NgramFeatures, type SparseText, type TokenTable } from "./features/ngram-features.js";
export { foldCount } from "./gaussian/fold-rows.js";
export { Gaussian, type GaussianOptions, RIDGES, type RidgeChoice } from "./gaussian/gaussian.js";
export { gaussianBytes, requireGaussianRoom } from "./gaussian/memory.js";
export { type NearestOptions, type NearRow, nearestRows } from "./gaussian/nearest.js";
export {
  Standard,
  type VectorBlock,
  type VectorSource,
  vectorsOf,
} from "./gaussian/vectors.js";
export { writtenVectors } from "./gaussian/written-vectors.js";
export { type HeldOut, type HeldOutOptions, heldOutProbabilities } from "./held-out/held-out.js";
export {
  type QuickByParent,
  type QuickByParentOptions,
  quickByParent,
} from "./held-out/quick-by-parent.js";
export {
  QUICK_FOLDS,
  type QuickAnswer,
  type QuickOptions,
  type QuickRows,
  quickModel,
} from "./held-out/quick-model.js";
export type { HeldOutBlock, HeldOutSource } from "./held-out/source.js";
export {
  type FirstVectorRound,
  firstVectorRound,
  type VectorRounds,
  type VectorRoundsOptions,
  vectorRounds,
} from "./held-out/vector-rounds.js";
export { fitSoftmaxByParent, type SoftmaxByParent } from "./models/softmax-by-parent.js";
export {
  fitSoftmaxRegression,
  rowsInMemory,
  type SoftmaxRegression,
  type SoftmaxRegressionOptions,
  softmaxRegressionBytes,
  softmaxRegressionSteps,
  type TargetBatch,
  type TrainingRows,
} from "./models/softmax-regression.js";
export {
  type Doubts,
  type Evidence,
  type EvidencePart,
  evidenceOf,
  type RowEvidence,
} from "./naive-bayes/evidence.js";
export { foldOrder } from "./naive-bayes/fold-order.js";
export {
  type NaiveBayesMemory,
  type NaiveBayesSize,
  naiveBayesMemory,
} from "./naive-bayes/memory.js";
export { type ModelParts, modelOf, partsOf } from "./naive-bayes/model-parts.js";
export {
  fitNaiveBayes,
  type NaiveBayes,
  type NaiveBayesOptions,
} from "./naive-bayes/naive-bayes.js";
export {
  hardTargets,
  type SparseTargets,
  softTargets,
  sparseTargets,
  type Targets,
} from "./naive-bayes/targets.js";
export { fitTemperature, type LabelledScores, logLoss, temper } from "./naive-bayes/temperature.js";
export type { FeatureRow } from "./ngrams/held-rows.js";
export type { Scratch } from "./ngrams/row-store.js";
export {
  type TextFeatureOptions,
  type TextFeatures,
  textFeatures,
} from "./ngrams/text-features.js";
export { TextStore } from "./ngrams/text-store.js";
export { type Texts, textsOf } from "./ngrams/texts.js";
export { type TypicalityOptions, textTypicality } from "./typicality/text-typicality.js";
export { vectorTypicality } from "./typicality/vector-typicality.js";
