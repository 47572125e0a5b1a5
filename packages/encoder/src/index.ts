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
export { type Checkpoint, readCheckpoint } from "./checkpoints/checkpoint.js";
export {
  type CheckpointFlavour,
  type CheckpointOptions,
  huggingFaceConfig,
  parseCheckpointConfig,
  statedModelType,
} from "./checkpoints/checkpoint-config.js";
export { type TrainedModel, writeHuggingFaceFolder } from "./checkpoints/hugging-face.js";
export {
  readSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  writeSafetensors,
} from "./checkpoints/safetensors.js";
export { type WeightNames, weightNames } from "./checkpoints/weight-names.js";
export {
  type EncodedBlock,
  type EncodeOptions,
  encodeTexts,
} from "./encoding/encode-texts.js";
export {
  encoderFolder,
  encodeStaticUnits,
  type RowTexts,
  writeEncodedRows,
  writeStaticRows,
} from "./encoding/row-vectors.js";
export {
  openSentenceEncoder,
  type SentenceEncoder,
  type SentenceEncoderOptions,
  type VectorPooling,
} from "./encoding/sentence-encoder.js";
export {
  openStaticVectors,
  type StaticOptions,
  type StaticVectors,
} from "./encoding/static-vectors.js";
export { textKey, VectorCache } from "./encoding/vector-cache.js";
export { EncoderError, type EncoderErrorCode } from "./errors.js";
export {
  estimateFold,
  type FoldEstimate,
  type FoldSize,
  SHARD_ROWS,
} from "./estimate/estimate.js";
export {
  type EncoderConfig,
  type HeadConfig,
  type HeadOptions,
  type ModelOptions,
  type ModelSizes,
  type ModelType,
  modelConfig,
  type Pooling,
  type PresetName,
  type Tap,
} from "./model/config.js";
export { initialWeights, parameterShapes, type Weight, type Weights } from "./model/parameters.js";
export type { Activation } from "./operations/elementwise.js";
export {
  createTokenizer,
  type TextTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  type TokenTable,
} from "./text/tokenizer.js";
export {
  createVocabulary,
  type LearnVocabularyOptions,
  learnVocabulary,
  parseVocabulary,
  type Vocabulary,
  VocabularyLearner,
} from "./text/vocabulary.js";
export type { EpochMetrics } from "./training/fold/fold-checkpoint.js";
export type {
  CheckpointStore,
  FoldProgress,
  FoldResult,
  TrainFoldOptions,
  TrainShardsOptions,
} from "./training/fold/fold-options.js";
export {
  type FoldRows,
  type RowShard,
  type WholeFold,
  wholeRows,
} from "./training/fold/fold-rows.js";
export { heldOut } from "./training/fold/held-out.js";
export {
  type FitLinearModel,
  type FitLinearPart,
  type LinearPartData,
  linearPartHere,
} from "./training/fold/linear-part.js";
export { trainFold, trainShards } from "./training/fold/train.js";
export {
  type PretrainOptions,
  pretrain,
  type TokenShards,
  tokensInMemory,
} from "./training/pretraining/pretrain.js";
export {
  type RecipeName,
  type TrainingOptions,
  type TrainingPlan,
  trainingPlan,
} from "./training/recipe/recipe.js";
export type { Schedule } from "./training/recipe/schedule.js";
export {
  encoderActivations,
  type InspectionOptions,
  type LabelledBatch,
  lossAndGradients,
  trainingTrace,
} from "./training/steps/inspect.js";
export type { Engine } from "./training/steps/step-engine.js";
export type { SoftTargets } from "./training/steps/targets.js";
