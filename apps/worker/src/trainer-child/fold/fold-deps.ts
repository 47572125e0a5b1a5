import type { Claim, Store } from "@winnow/store";
import type { CheckpointPlace } from "../../checkpoints/place.js";
import type { BackendName } from "../../trainer/backends.js";
import type { ChildMessage } from "../../trainer/messages.js";

/** A claim of a fold-training task. */
export type FoldClaim = Claim & {
  readonly fold: number;
  readonly datasetId: string;
  readonly crossValidationId: string;
};

/** Sends a message to the worker. */
export type Send = (message: ChildMessage) => void;

/** What the training of a fold uses from outside. */
export interface FoldDeps {
  readonly store: Store;
  readonly backend: BackendName;
  /** Absolute. */
  readonly storageDir: string;
  readonly checkpointPlace: CheckpointPlace;
  /** Absolute; null: no training starts from a checkpoint. */
  readonly modelsDir: string | null;
  readonly checkpointIntervalMs: number;
  /** In place of `SHARD_ROWS`, for tests. */
  readonly shardRows?: number | undefined;
  readonly send: Send;
  /** Whether this process has been asked to end. */
  stopping(): boolean;
  /** Called once the state is saved from which another process can resume. */
  onStopped(): void;
}
