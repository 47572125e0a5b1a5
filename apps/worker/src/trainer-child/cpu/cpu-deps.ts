import type { Claim, Store } from "@winnow/store";
import type { ChildMessage, EmbeddingsSettings } from "../../trainer/messages.js";

/** A claim of a task that trains folds. */
export type RunClaim = Claim & { readonly datasetId: string; readonly crossValidationId: string };

/** What a training without a network uses from outside. */
export interface CpuDeps {
  readonly store: Store;
  /** Absolute. */
  readonly storageDir: string;
  /** Absolute; null: no encoder can be named. */
  readonly modelsDir: string | null;
  /** null: no endpoint can be asked for vectors. */
  readonly embeddings: EmbeddingsSettings | null;
  /** In place of `SHARD_ROWS`, for tests. */
  readonly shardRows?: number | undefined;
  /** Sends a message to the worker. */
  send(message: ChildMessage): void;
}

const INTERVAL_MS = 1_000;

/** Sends the steps done, once a second. */
export function fittingProgress({ send }: CpuDeps): (step: number, steps: number) => void {
  let next = 0;
  return (step, steps) => {
    if (performance.now() < next) return;
    next = performance.now() + INTERVAL_MS;
    send({ type: "progress", phase: "fitting", step, steps });
  };
}
