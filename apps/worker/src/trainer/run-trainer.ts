import { AppError } from "@winnow/contracts";
import {
  crashMessage,
  describeExit,
  diedOfMemory,
  type Exit,
  exitOf,
  forkChild,
  keepStderr,
  killOnAbort,
  killOnSilence,
} from "@winnow/processes";
import { type Claim, StaleClaimError } from "@winnow/store";
import type { Logger } from "pino";
import type { CheckpointPlace } from "../checkpoints/place.js";
import type { AttemptSpan } from "../tasks/attempt-span.js";
import { Stop } from "../tasks/stop.js";
import type { BackendName } from "./backends.js";
import { EXIT } from "./exit-codes.js";
import {
  ChildMessage,
  type EmbeddingsSettings,
  type FinalMessage,
  isFinal,
  type ProgressMessage,
  type StartMessage,
} from "./messages.js";

const CHILD = new URL("../trainer-child/child.js", import.meta.url);

/** What all trainers of a worker have in common. */
export interface TrainerSettings {
  readonly databaseUrl: string;
  readonly directDatabaseUrl?: string | undefined;
  /** Holds the files that folds share; absolute. */
  readonly storageDir: string;
  readonly checkpointPlace: CheckpointPlace;
  /** Holds the checkpoints that a training may start from; null: they are off. */
  readonly modelsDir: string | null;
  /** The endpoint that a training may ask for vectors; null: there is none. */
  readonly embeddings: EmbeddingsSettings | null;
  readonly checkpointIntervalMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** How long a child may take to end after SIGTERM. */
  readonly killAfterMs: number;
  /** A child that sends nothing for this long hangs, and is killed. */
  readonly silenceMs: number;
}

export interface TrainerOptions extends TrainerSettings {
  /** Null: the model needs none. */
  readonly backend: BackendName | null;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** null: nothing is traced. */
  readonly span: AttemptSpan | null;
  /** Gets every message but the first and the last. */
  onMessage(message: ChildMessage): void;
}

/**
 * Runs a training task in its own process. Resolves once its result is written and the child has ended.
 * Throws `StaleClaimError`, the child's own `AppError`, `out-of-memory` or `task-crashed` if it died
 * without a final message, or the signal's reason after ending it: SIGTERM, and SIGKILL after
 * `killAfterMs`, or at once while it has no state to save.
 */
export async function runTrainer(claim: Claim, options: TrainerOptions): Promise<void> {
  const { log, signal } = options;
  signal.throwIfAborted();
  const child = forkChild(CHILD, { env: options.env });
  const span = options.span?.child(child.pid, { "winnow.backend": options.backend });
  const stderr = keepStderr(child);
  let phase: ProgressMessage["phase"] | null = null;
  const hasState = () => phase === "training" || phase === "writing";
  const stopWatching = killOnAbort(child, signal, options.killAfterMs, hasState);
  const silence = killOnSilence(child, options.silenceMs);
  let final: FinalMessage | null = null;
  child.on("message", (raw) => {
    silence.heard();
    const parsed = ChildMessage.safeParse(raw);
    if (!parsed.success) {
      return log.warn({ issues: parsed.error.issues }, "a message of the trainer is invalid");
    }
    const message = parsed.data;
    if (message.type === "ready") child.send(startMessage(claim, options), () => {});
    else if (isFinal(message)) final = message;
    else if (message.type === "stage") span?.stage(message.name, message.at);
    else if (message.type !== "alive") options.onMessage(message);
    if (message.type === "epoch") span?.event("epoch", { "winnow.epoch": message.epoch });
    if (message.type === "progress") phase = message.phase;
  });
  try {
    const exit = await exitOf(child);
    throwFailure(claim, { final, exit, hung: silence.hung, stderr: stderr() }, options);
    span?.end(null);
  } catch (error) {
    span?.end(error instanceof AppError ? error.code : null);
    throw error;
  } finally {
    silence.end();
    stopWatching();
  }
}

function startMessage(claim: Claim, options: TrainerOptions): StartMessage {
  const { datasetId, crossValidationId, traceParent: _, ...ids } = claim;
  if (datasetId === null || crossValidationId === null) {
    throw new Error(`the task ${claim.taskId} names no run`);
  }
  const { databaseUrl, directDatabaseUrl, storageDir, modelsDir, embeddings } = options;
  const { checkpointPlace, checkpointIntervalMs } = options;
  const urls = { databaseUrl, directDatabaseUrl };
  const folders = { storageDir, modelsDir, embeddings };
  const settings = { ...urls, ...folders, checkpointPlace, checkpointIntervalMs };
  return {
    type: "start",
    backend: options.backend,
    ...settings,
    traced: options.span !== null,
    claim: { ...ids, datasetId, crossValidationId, traceParent: null },
  };
}

interface Ended {
  readonly final: FinalMessage | null;
  readonly exit: Exit;
  readonly hung: boolean;
  readonly stderr: string;
}

/** Returns if the child has written its fold. */
function throwFailure(
  claim: Claim,
  { final, exit, hung, stderr }: Ended,
  { signal, log, silenceMs }: TrainerOptions,
): void {
  if (final?.type === "done") return;
  if (final?.type === "stale") throw new StaleClaimError(claim);
  signal.throwIfAborted();
  if (final?.type === "failed") {
    log.error({ stack: final.stack, stderr }, "training failed");
    throw new AppError(final.code, final.detail);
  }
  // Another process ended it, as a service manager that signals the whole group: the task is fine.
  if (exit.code === EXIT.stopped) throw new Stop("shutdown");
  log.error({ ...exit, hung, stderr }, "the trainer died");
  if (hung) {
    throw new AppError(
      "task-crashed",
      `The trainer reported nothing for ${silenceMs / 1000} s and was killed.`,
    );
  }
  const message = crashMessage(stderr);
  const how = describeExit(exit);
  const detail = message === "" ? how : `${how}; stderr: ${message}`;
  const code = diedOfMemory(exit, stderr) === "limit" ? "out-of-memory" : "task-crashed";
  throw new AppError(code, `The trainer's process ${detail}.`);
}
