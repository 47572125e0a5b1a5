import type { EncoderConfig } from "../../model/config.js";
import type { Weights } from "../../model/parameters.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { TrainingOptions, TrainingPlan } from "../recipe/recipe.js";
import type { Engine } from "../steps/step-engine.js";
import type { SoftTargets } from "../steps/targets.js";
import type { EpochMetrics } from "./fold-checkpoint.js";
import type { FoldRows } from "./fold-rows.js";
import type { FitLinearPart } from "./linear-part.js";

/** How far a run is. It has no rates: the caller has the clock. */
export interface FoldProgress {
  /** Steps done, out of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  /** Mean loss of the batch just trained on. */
  readonly loss: number;
  /** Rows trained on so far, over all epochs. */
  readonly samples: number;
}

/** Stores the run's state: `load` returns null if there is none yet. */
export interface CheckpointStore {
  load(): Promise<Uint8Array | null>;
  save(bytes: Uint8Array): Promise<void>;
  everySteps: number;
}

/** How a fold is trained, whatever holds its rows. */
export interface FoldSettings {
  config: EncoderConfig;
  vocabularySize: number;
  classes: number;
  seed: number;
  training?: TrainingOptions;
  /** Fits the linear part; required if the plan has one. */
  fitLinearPart?: FitLinearPart;
  /** Pretrained weights by name; missing ones are initialized at random. */
  weights?: Weights;
  /** Default: what the current backend runs fastest. */
  engine?: Engine;
  signal?: AbortSignal;
  onProgress?: (progress: FoldProgress) => void;
  onEpoch?: (metrics: EpochMetrics) => void;
  /**
   * Called after an epoch with the held-out rows' probabilities, for choosing one epoch over all
   * folds, and on demand with the weights that gave them. The call comes before the state that
   * includes the epoch is saved; a resumed run does not repeat it for earlier epochs.
   */
  onHeldOut?: (
    epoch: number,
    probs: Float32Array,
    weights: () => Promise<Weights>,
  ) => Promise<void> | void;
  checkpoint?: CheckpointStore;
}

/** A fold whose rows are all in memory. */
export interface TrainFoldOptions extends FoldSettings {
  /** All texts of the data set. */
  tokens: TokenTable;
  /** (n) given labels, 0..classes - 1. */
  labels: Int32Array;
  softTargets?: SoftTargets;
  trainIndices: Int32Array;
  testIndices: Int32Array;
}

/** A fold whose rows are read shard by shard. */
export interface TrainShardsOptions extends FoldSettings {
  rows: FoldRows;
}

export interface FoldResult {
  /**
   * (held-out rows, classes), in the order of `testIndices`, or of the shards' places: after the last
   * epoch, or after the best one if the plan has patience.
   */
  readonly probs: Float32Array;
  /** Those of the linear part alone, with which the network's are averaged; null without one. */
  readonly linear: Float32Array | null;
  readonly epochs: readonly EpochMetrics[];
  /** Steps done; fewer than planned if patience ran out. */
  readonly steps: number;
  readonly plan: TrainingPlan;
  readonly engine: Engine;
  /** The weights that predicted last. */
  readonly weights: Weights;
}
