import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointStore } from "@winnow/albert";
import { readSealed, writeSealed } from "../sealed-file.js";

const KEPT = 2;
const NAME = /^(\d{8})-\d+\.checkpoint$/;

export interface CheckpointOptions {
  /** The task's own folder; made when it is needed. */
  readonly folder: string;
  /** Part of the files' names, so that a stale attempt overwrites nothing. */
  readonly attempt: number;
  /** How much work may be lost. */
  readonly intervalMs: number;
  /** Whether the process is asked to end: the next step's state is then saved at once. */
  stopping(): boolean;
  /** Called once that state is saved, or cannot be. */
  onStopped(): void;
  /** Hears of files that cannot be read. */
  onBroken(file: string): void;
}

/** The states of a fold's training, in a folder that every worker can reach. */
export interface Checkpoints extends CheckpointStore {
  /** Whether `load` gave a state. */
  readonly resumed: boolean;
  /** Takes all states away: the fold is done, or they belong to another run. */
  clear(): Promise<void>;
}

/**
 * Opens a task's checkpoints. A save is whole or not there; the last two are kept, and a broken one
 * is passed over for the one before. Saves throw the system's error, of a full disk for instance.
 */
export function openCheckpoints(options: CheckpointOptions): Checkpoints {
  const { folder, attempt, intervalMs } = options;
  let savedAt = performance.now();
  let resumed = false;
  const due = () => options.stopping() || performance.now() - savedAt >= intervalMs;
  return {
    get resumed() {
      return resumed;
    },
    // By the clock, and not by steps, whose length nobody knows: every step while one is due.
    get everySteps() {
      return due() ? 1 : Number.POSITIVE_INFINITY;
    },
    async load() {
      for (const name of await savedNames(folder)) {
        const state = await readSealed(join(folder, name));
        resumed = state !== null;
        if (state) return state;
        options.onBroken(name);
        await rm(join(folder, name), { force: true });
      }
      return null;
    },
    async save(state) {
      // Also called after every epoch, which may last a moment only.
      if (!due()) return;
      try {
        await saveNext(folder, attempt, state);
        savedAt = performance.now();
      } finally {
        if (options.stopping()) options.onStopped();
      }
    },
    async clear() {
      resumed = false;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function saveNext(folder: string, attempt: number, state: Uint8Array): Promise<void> {
  const [newest] = await savedNames(folder);
  const number = newest === undefined ? 1 : Number(NAME.exec(newest)?.[1]) + 1;
  const name = `${String(number).padStart(8, "0")}-${attempt}.checkpoint`;
  await writeSealed(join(folder, name), [state]);
  const saved = await savedNames(folder);
  await Promise.all(saved.slice(KEPT).map((old) => rm(join(folder, old), { force: true })));
}

/** Newest first. */
async function savedNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => NAME.test(name)).sort((a, b) => (a < b ? 1 : -1));
}
