export {
  AUTO_ORDER,
  absentBackend,
  BACKENDS,
  type Backend,
  type BackendName,
  type BackendReport,
  type ImportPackage,
  reportBackend,
  type SelectedBackend,
  selectBackend,
} from "./backends/select.js";
export {
  type Checkpoint,
  readCheckpoint,
  type TrainedModel,
  writeHuggingFaceFolder,
} from "./checkpoint.js";
export {
  type CheckpointFlavour,
  type CheckpointOptions,
  huggingFaceConfig,
  parseCheckpointConfig,
} from "./checkpoint-config.js";
export {
  type Activation,
  type AlbertConfig,
  type HeadConfig,
  type HeadOptions,
  type ModelOptions,
  type ModelSizes,
  modelConfig,
  type Pooling,
  type PresetName,
  SEED_HEADS,
  type Tap,
} from "./config.js";
export { AlbertError, type AlbertErrorCode } from "./errors.js";
export { estimateFold, type FoldEstimate, type FoldSize } from "./estimate.js";
export type { EpochMetrics } from "./fold-checkpoint.js";
export {
  encoderActivations,
  type LabelledBatch,
  lossAndGradients,
  trainingTrace,
} from "./inspect.js";
export { type LinearModel, type LinearOptions, trainLinear } from "./linear.js";
export { initialWeights, parameterShapes, type Weight, type Weights } from "./parameters.js";
export { predictProbabilities } from "./predict.js";
export { type PretrainOptions, pretrain } from "./pretrain.js";
export {
  type RecipeName,
  type TrainingOptions,
  type TrainingPlan,
  trainingPlan,
} from "./recipe.js";
export {
  readSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  writeSafetensors,
} from "./safetensors.js";
export type { Schedule } from "./schedule.js";
export type { SoftTargets } from "./targets.js";
export {
  createTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  type TokenTable,
} from "./tokenizer.js";
export {
  type CheckpointStore,
  type FoldProgress,
  type FoldResult,
  heldOut,
  type TrainFoldOptions,
  trainFold,
} from "./train.js";
export {
  createVocabulary,
  type LearnVocabularyOptions,
  learnVocabulary,
  parseVocabulary,
  type Vocabulary,
} from "./vocabulary.js";
export { type WeightNames, weightNames } from "./weight-names.js";
