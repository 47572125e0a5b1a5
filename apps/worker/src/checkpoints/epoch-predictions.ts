import { heldOutEpoch, heldOutName } from "@winnow/storage";
import { type CheckpointStore, CheckpointStoreUnreachable } from "./checkpoint-store.js";

/** Stores a fold's held-out probabilities of each epoch until they are written to Postgres. */
export interface HeldOut {
  save(epoch: number, probs: Float32Array): Promise<void>;
  /** Throws if the epoch's probabilities are lost; the fold's states are then removed too. */
  load(epoch: number): Promise<Float32Array>;
}

export interface HeldOutOptions {
  /** Holds the fold's states too: an attempt that resumes from one finds the earlier epochs here. */
  readonly checkpointStore: CheckpointStore;
  /** Part of the names, so that a stale attempt overwrites nothing. */
  readonly attempt: number;
  /** Removes all states: without an epoch's predictions the fold is trained again. */
  forget(): Promise<void>;
  /** Gets the fault of a storage that does not answer. */
  onFault(message: string): void;
}

export function openHeldOut({
  checkpointStore,
  attempt,
  forget,
  onFault,
}: HeldOutOptions): HeldOut {
  // What the storage did not accept during an outage; lost if this process ends.
  const unsaved = new Map<number, Float32Array>();
  return {
    async save(epoch, probs) {
      const bytes = new Uint8Array(probs.buffer, probs.byteOffset, probs.byteLength);
      try {
        await checkpointStore.write(heldOutName(epoch, attempt), bytes);
      } catch (error) {
        if (!(error instanceof CheckpointStoreUnreachable)) throw error;
        unsaved.set(epoch, probs.slice());
        onFault(`the predictions of epoch ${epoch} are in memory only: ${error.message}`);
      }
    },
    async load(epoch) {
      const kept = unsaved.get(epoch);
      if (kept) return kept;
      const names = await checkpointStore.names();
      const own = names.filter((name) => heldOutEpoch(name) === epoch);
      // Of the latest attempt: this one, or the one that it resumed from.
      const latest = own.sort().at(-1);
      const bytes = latest === undefined ? null : await checkpointStore.read(latest);
      if (bytes === null || bytes.byteLength % 4 !== 0) {
        await forget();
        throw new Error(`the predictions of epoch ${epoch} are lost; the fold is trained again`);
      }
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    },
  };
}
