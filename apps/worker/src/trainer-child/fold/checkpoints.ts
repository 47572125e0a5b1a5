import { AppError } from "@winnow/contracts";
import type { TrainFoldOptions } from "@winnow/encoder";
import {
  checkpointName,
  checkpointNumber,
  leftoverAttempt,
  newestCheckpoints,
} from "@winnow/storage";
import {
  type CheckpointStore,
  CheckpointStoreUnreachable,
} from "../../checkpoints/checkpoint-store.js";

const KEPT = 2;

export interface CheckpointOptions {
  /** The task's own. */
  readonly checkpointStore: CheckpointStore;
  /** Part of the states' names, so that a stale attempt overwrites nothing. */
  readonly attempt: number;
  /** How much work may be lost with the process. */
  readonly intervalMs: number;
  /** Whether the process has been asked to end: the next step's state is then saved at once. */
  stopping(): boolean;
  /** Called once that state is saved, or its save has failed. */
  onStopped(): void;
  /** Gets faults that do not end the training: damaged states, a storage that does not answer. */
  onFault(message: string): void;
}

/** What the training loop asks for its states. */
type LoopCheckpoints = NonNullable<TrainFoldOptions["checkpoint"]>;

/** The states of a fold's training, in a checkpoint store that every worker can reach. */
export interface Checkpoints extends LoopCheckpoints {
  /** Whether `load` returned a state. */
  readonly resumed: boolean;
  /** Removes all states: the fold is done, or they do not fit the run. */
  clear(): Promise<void>;
}

/**
 * Opens a task's checkpoints. A save is atomic; the last two states are kept, and a damaged one is
 * skipped for the one before. A save throws the storage's errors, for instance of a full disk; but
 * if the storage does not answer, training continues until the next save is due.
 */
export function openCheckpoints(options: CheckpointOptions): Checkpoints {
  const { checkpointStore, attempt, intervalMs } = options;
  let savedAt = performance.now();
  let resumed = false;
  const due = () => options.stopping() || performance.now() - savedAt >= intervalMs;
  return {
    get resumed() {
      return resumed;
    },
    // A save is due by the clock, since steps differ in length: every step while one is due.
    get everySteps() {
      return due() ? 1 : Number.POSITIVE_INFINITY;
    },
    async load() {
      try {
        for (const name of newestCheckpoints(await checkpointStore.names())) {
          const state = await checkpointStore.read(name);
          resumed = state !== null;
          if (state) return state;
          options.onFault(`the checkpoint ${name} is damaged; it is skipped`);
          await checkpointStore.remove(name);
        }
        return null;
      } catch (error) {
        // Starting over because of a short outage would discard hours of training.
        if (!(error instanceof CheckpointStoreUnreachable)) throw error;
        throw new AppError("training-failed", error.message, { cause: error });
      }
    },
    async save(state) {
      // Also called after every epoch, which may be short.
      if (!due()) return;
      try {
        await saveNext(checkpointStore, attempt, state);
      } catch (error) {
        if (!(error instanceof CheckpointStoreUnreachable)) throw error;
        options.onFault(`a checkpoint was not saved: ${error.message}`);
      } finally {
        savedAt = performance.now();
        if (options.stopping()) options.onStopped();
      }
    },
    async clear() {
      resumed = false;
      await checkpointStore.clear();
    },
  };
}

async function saveNext(
  checkpointStore: CheckpointStore,
  attempt: number,
  state: Uint8Array,
): Promise<void> {
  const before = await checkpointStore.names();
  // First, since their space may be needed. Only of earlier attempts: a later one may be writing.
  const leftovers = before.filter((name) => (leftoverAttempt(name) ?? attempt) < attempt);
  await Promise.all(leftovers.map((name) => checkpointStore.remove(name)));
  const [newest] = newestCheckpoints(before);
  const number = newest === undefined ? 1 : (checkpointNumber(newest) ?? 0) + 1;
  await checkpointStore.write(checkpointName(number, attempt), state);
  const old = newestCheckpoints(await checkpointStore.names()).slice(KEPT);
  await Promise.all(old.map((name) => checkpointStore.remove(name)));
}
