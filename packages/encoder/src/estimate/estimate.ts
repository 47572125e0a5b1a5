import type { Backend } from "../backends/select.js";
import { blocksNeeded, type EncoderConfig } from "../model/config.js";
import { parameterShapes } from "../model/parameters.js";
import { type TrainingOptions, trainingPlan } from "../training/recipe/recipe.js";

// Also an entry of its own, "@winnow/encoder/estimate": nothing here loads TensorFlow.
export { readCheckpointConfig } from "../checkpoints/checkpoint.js";
export { EncoderError } from "../errors.js";
export { modelConfig } from "../model/config.js";
export { trainingPlan } from "../training/recipe/recipe.js";
export { encodingBytes } from "./encoding.js";

/**
 * A dataset with more rows is read in shards of about as many, of which a process that trains holds one.
 * It decides the order of rows, and so numbers: never a setting.
 */
export const SHARD_ROWS = 2 ** 20;

/** What training one fold takes. */
export interface FoldEstimate {
  readonly epochs: number;
  readonly steps: number;
  /** Texts trained on, over all epochs. */
  readonly samples: number;
  /** Numbers in the weights that are trained. */
  readonly parameters: number;
  /** Memory of the fold's whole process; meant as an upper bound. */
  readonly peakMemoryBytes: number;
  /** Memory of the card where it trains on a GPU; an upper bound as well, from a single measurement. */
  readonly gpuMemoryBytes: number;
}

/** The data's measures; `longestPieces` is a length that few texts exceed (default: maxLength). */
export interface FoldSize {
  vocabularySize: number;
  classes: number;
  trainRows: number;
  testRows: number;
  longestPieces?: number;
}

// Measured on Node 20 with one and four blocks at batch 32 and 128 (bench/results/training.md): what the
// process takes before training, and how many copies of the saved activations it holds at its peak.
// On native TensorFlow that is the graph's, which frees them as it goes.
const BASE: Record<"wasm" | "native", { bytes: number; copies: number }> = {
  wasm: { bytes: 195e6, copies: 2.1 },
  native: { bytes: 660e6, copies: 0.8 },
};
/**
 * Of a card: CUDA's context with its libraries, and as many copies as eager TensorFlow takes. One
 * process with one block at batch 128 held 760 MB of an H100 (bench/results/gpu.md).
 */
const GPU_BASE = { bytes: 420e6, copies: 4.5 };
/** Weights twice, two moments, average, gradient twice, and what a step allocates. */
const WEIGHT_COPIES = 11;

/** How the fold is trained. */
export interface EstimateOptions {
  training?: TrainingOptions;
  /** Default wasm. */
  backend?: Backend;
  /**
   * Memory of the linear part over texts with so many pieces in total; called if the plan has one.
   */
  linearPartBytes: (pieces: number, classes: number) => number;
}

/** Steps and memory of a fold, without running any of it. */
export function estimateFold(
  config: EncoderConfig,
  size: FoldSize,
  { training = {}, backend = "wasm", linearPartBytes }: EstimateOptions,
): FoldEstimate {
  const { classes, trainRows, testRows, vocabularySize } = size;
  const plan = trainingPlan(training, { rows: trainRows, classes });
  const parameters = [...parameterShapes(config, vocabularySize, classes).values()]
    .map(({ shape }) => shape.reduce((product, side) => product * side, 1))
    .reduce((total, count) => total + count, 0);

  const { embeddingSize: E, hiddenSize: H, intermediateSize: I, heads } = config;
  const length = Math.min(size.longestPieces ?? config.maxLength, config.maxLength);
  const blocks = blocksNeeded(config) * config.innerLayers;
  const clsOnly = config.head.pooling === "cls" || config.head.pooling === "cls-mean-embedding";
  const fullBlocks = clsOnly ? blocks - 1 : blocks;
  const perPiece = 8 * E + 6 * H + fullBlocks * (12 * H + 4 * I + 4 * heads * length);
  const pieces = plan.microBatchSize * length;
  const { bytes, copies } = BASE[backend === "wasm" ? "wasm" : "native"];
  const trained = (copies: number) => 4 * (WEIGHT_COPIES * parameters + copies * pieces * perPiece);
  const stepsPerEpoch = Math.ceil(trainRows / plan.batchSize);
  // The thread that fits the linear part has a copy of the tokens, or a shard of its own.
  const copied = Math.min(trainRows + testRows, SHARD_ROWS);
  const linear = plan.linearPart
    ? linearPartBytes(trainRows * length, classes) + 4 * copied * length
    : 0;
  return {
    epochs: plan.epochs,
    steps: plan.epochs * stepsPerEpoch,
    samples: plan.epochs * trainRows,
    parameters,
    peakMemoryBytes: Math.round(bytes + linear + trained(copies) + 8 * testRows * classes),
    gpuMemoryBytes: Math.round(GPU_BASE.bytes + trained(GPU_BASE.copies)),
  };
}
