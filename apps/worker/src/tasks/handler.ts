import type { TaskKind } from "@winnow/contracts";
import type { Claim, Heartbeat, Store } from "@winnow/store";
import type { Logger } from "pino";
import type { AttemptSpan } from "./attempt-span.js";

/** What every handler gets with its task. What only some need, they get when the registry is made. */
export interface HandlerDeps {
  readonly store: Store;
  /** Never log samples' texts. */
  readonly log: Logger;
  /** Aborted when the task is cancelled, lost or handed back; its reason is a `Stop`. */
  readonly signal: AbortSignal;
  /** Records the task's progress; Postgres gets it with the next heartbeat. */
  beat(progress: Heartbeat): void;
  /** Sends progress at once: the total amount of work, so that a short task shows it too. */
  announce(progress: Heartbeat): Promise<void>;
  /**
   * Adds an event to the job's; resolves when Postgres has it, or it cannot be written. Who follows a
   * job stops at its end, so await it before a task's end is written.
   */
  event(type: "metric" | "log", data: Record<string, unknown>): Promise<void>;
  /** null: nothing is traced. */
  readonly span: AttemptSpan | null;
}

/**
 * Does a claimed task and writes its result and the task's end in one transaction. A throw ends the
 * attempt; `StaleClaimError` means that another worker has the task.
 */
export type Handler = (claim: Claim, deps: HandlerDeps) => Promise<void>;

/** The handler of every task kind. */
export type HandlerRegistry = Readonly<Record<TaskKind, Handler>>;
