import { heldOutEpoch, heldOutName } from "@winnow/storage";
import { type CheckpointStore, CheckpointStoreUnreachable } from "./checkpoint-store.js";

/** A fold's held-out probabilities of each epoch, until all of them are written to Postgres. */
export interface HeldOut {
  save(epoch: number, probs: Float32Array): Promise<void>;
  /** Throws when the epoch's probabilities are lost; the fold's states are then gone too. */
  load(epoch: number): Promise<Float32Array>;
}

export interface HeldOutOptions {
  /** That of the fold's states: an attempt which goes on from a state has the epochs before it. */
  readonly checkpointStore: CheckpointStore;
  /** Part of the names: a stale attempt overwrites nothing. */
  readonly attempt: number;
  /** Takes all states away: without an epoch's predictions the fold is trained anew. */
  forget(): Promise<void>;
  /** Hears of a storage that does not answer. */
  onFault(message: string): void;
}

export function openHeldOut({
  checkpointStore,
  attempt,
  forget,
  onFault,
}: HeldOutOptions): HeldOut {
  // What the storage did not take while it was away; lost with this process only.
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
      // Of the latest attempt: the one that this one went on from, or itself.
      const latest = own.sort().at(-1);
      const bytes = latest === undefined ? null : await checkpointStore.read(latest);
      if (bytes === null || bytes.byteLength % 4 !== 0) {
        await forget();
        throw new Error(`the predictions of epoch ${epoch} are lost; the fold is trained anew`);
      }
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    },
  };
}
