import type { Claim, Heartbeat, Store } from "@winnow/store";
import type { Logger } from "pino";
import type { CheckpointPlace } from "../checkpoints/place.js";
import type { Storage } from "../files/storage.js";
import type { Breaker } from "../trainer/breaker.js";
import type { Devices } from "../trainer/devices.js";

/** What a handler may use; everything that comes from outside comes through here. */
export interface HandlerDeps {
  readonly store: Store;
  readonly storage: Storage;
  /** Never log samples' texts. */
  readonly log: Logger;
  /** Aborted when the task is cancelled, lost or handed back; its reason is a `Stop`. */
  readonly signal: AbortSignal;
  readonly trainer: {
    readonly databaseUrl: string;
    /** Where what folds share lies. */
    readonly storageDir: string;
    readonly checkpointPlace: CheckpointPlace;
    /** Where checkpoints to start from lie; null: they are off. */
    readonly modelsDir: string | null;
    readonly checkpointIntervalMs: number;
    readonly devices: Devices;
    /** How long a child may take to end after SIGTERM. */
    readonly killAfterMs: number;
    /** A child that says nothing for so long hangs. */
    readonly silenceMs: number;
    /** Hears how each child ended. */
    readonly breaker: Pick<Breaker, "note">;
  };
  /** How far the task is; Postgres hears of it with the next heartbeat. */
  beat(progress: Heartbeat): void;
  /** The same at once: how much there is to do, so that a short task shows it too. */
  announce(progress: Heartbeat): Promise<void>;
  /** Adds an event to the job's. */
  event(type: "metric" | "log", data: Record<string, unknown>): void;
}

/**
 * Does a claimed task and writes its result with the task's end in one transaction. A throw ends
 * the attempt; `StaleClaimError` means that somebody else has the task.
 */
export type Handler = (claim: Claim, deps: HandlerDeps) => Promise<void>;

/** Why a running task is stopped from outside. */
export class Stop extends Error {
  override readonly name = "Stop";
  constructor(readonly why: "cancelled" | "lost" | "shutdown") {
    super(`the task is stopped: ${why}`);
  }
}
