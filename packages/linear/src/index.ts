export { LinearError, type LinearErrorCode } from "./errors.js";
export { NgramFeatures, type SparseText, type TokenTable } from "./features/ngram-features.js";
export {
  fitSoftmaxRegression,
  type SoftmaxRegression,
  type SoftmaxRegressionOptions,
  softmaxRegressionBytes,
  type TargetBatch,
} from "./models/softmax-regression.js";
