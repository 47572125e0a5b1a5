import type { AlbertConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { TokenTable } from "../text/tokenizer.js";
import type { EpochMetrics } from "./fold-checkpoint.js";
import type { FitLinearPart } from "./linear-part.js";
import type { TrainingOptions, TrainingPlan } from "./recipe.js";
import type { SoftTargets } from "./targets.js";

/** Where a run stands; rates are the caller's affair, who has a clock. */
export interface FoldProgress {
  /** Steps done, of all. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Mean loss of the batch just trained on. */
  readonly loss: number;
  /** Rows trained on so far, over all epochs. */
  readonly samples: number;
}

/** Keeps the run's state: `load` answers null where there is none yet. */
export interface CheckpointStore {
  load(): Promise<Uint8Array | null>;
  save(bytes: Uint8Array): Promise<void>;
  everySteps: number;
}

export interface TrainFoldOptions {
  config: AlbertConfig;
  vocabularySize: number;
  classes: number;
  /** All texts of the data set. */
  tokens: TokenTable;
  /** (n) given labels, 0..classes - 1. */
  labels: Int32Array;
  softTargets?: SoftTargets;
  trainIndices: Int32Array;
  testIndices: Int32Array;
  seed: number;
  training?: TrainingOptions;
  /** Fits the linear part; needed where the plan has one. */
  fitLinearPart?: FitLinearPart;
  /** Pretrained weights by name; what is missing here starts at random. */
  weights?: Weights;
  signal?: AbortSignal;
  onProgress?: (progress: FoldProgress) => void;
  onEpoch?: (metrics: EpochMetrics) => void;
  /**
   * The held-out rows' probabilities after an epoch, for picking one epoch over all folds, and on
   * demand the weights that gave them. Told before the state is saved that knows of the epoch; an
   * epoch that a resumed run had behind it is not told of again.
   */
  onHeldOut?: (
    epoch: number,
    probs: Float32Array,
    weights: () => Promise<Weights>,
  ) => Promise<void> | void;
  checkpoint?: CheckpointStore;
}

export interface FoldResult {
  /**
   * (testIndices.length, classes), rows in the order of `testIndices`: after the last epoch, or
   * the best one where the plan has patience.
   */
  readonly probs: Float32Array;
  readonly epochs: readonly EpochMetrics[];
  /** Steps made; fewer than planned where patience ran out. */
  readonly steps: number;
  readonly plan: TrainingPlan;
  /** The weights that predicted last. */
  readonly weights: Weights;
}
