import type { ChildProcess } from "node:child_process";
import { AppError } from "@winnow/contracts";
import { type Claim, StaleClaimError } from "@winnow/store";
import type { Logger } from "pino";
import type { CheckpointPlace } from "../checkpoints/place.js";
import { Stop } from "../tasks/stop.js";
import { crashMessage } from "./crash-message.js";
import { EXIT } from "./exit-codes.js";
import { forkChild } from "./fork-child.js";
import { type Backend, ChildMessage, type StartMessage } from "./messages.js";

const CHILD = new URL("../trainer-child/child.js", import.meta.url);
const PROBE = new URL("../trainer-child/probe.js", import.meta.url);
const STDERR_KEPT_BYTES = 8_192;
/** Generous: on a busy machine the library alone takes its time to load. */
const PROBE_TIMEOUT_MS = 180_000;
const PROBE_KILL_AFTER_MS = 1_000;

/** What all trainers of a worker have in common. */
export interface TrainerSettings {
  readonly databaseUrl: string;
  /** Holds what folds share. */
  readonly storageDir: string;
  readonly checkpointPlace: CheckpointPlace;
  /** Holds the checkpoints that a training may start from; null: they are off. */
  readonly modelsDir: string | null;
  readonly checkpointIntervalMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** How long a child may take to end after SIGTERM. */
  readonly killAfterMs: number;
  /** A child that sends nothing for this long hangs, and is killed. */
  readonly silenceMs: number;
}

export interface TrainerOptions extends TrainerSettings {
  readonly signal: AbortSignal;
  readonly log: Logger;
  onMessage(message: ChildMessage): void;
}

/**
 * Trains a fold in a process of its own. Resolves once the fold is written and the child is gone.
 * Throws `StaleClaimError`, the child's own `AppError`, `task-crashed` when it died without a word,
 * or the signal's reason after ending it: SIGTERM, and SIGKILL after `killAfterMs`.
 */
export async function runTrainer(claim: Claim, options: TrainerOptions): Promise<void> {
  const { log, signal } = options;
  signal.throwIfAborted();
  const child = forkChild(CHILD, { env: options.env });
  const stderr = keepTail(child);
  const stopWatching = killOnAbort(child, signal, options.killAfterMs);
  const silence = killOnSilence(child, options.silenceMs);
  let final: ChildMessage | null = null;
  child.on("message", (raw) => {
    silence.heard();
    const parsed = ChildMessage.safeParse(raw);
    if (!parsed.success) return log.warn({ issues: parsed.error.issues }, "odd trainer message");
    const message = parsed.data;
    if (message.type === "ready") child.send(startMessage(claim, options), () => {});
    else if (isFinal(message)) final = message;
    else if (message.type === "alive") return;
    else options.onMessage(message);
  });
  try {
    const ended = await exitOf(child);
    judge(claim, final, ended, silence.hung, stderr(), options);
  } finally {
    silence.end();
    stopWatching();
  }
}

/** Asks a fresh process which backend training would take here, and why no faster one. */
export async function probeBackend(): Promise<Backend> {
  const { answer, failure } = await askChild(PROBE);
  const said = ChildMessage.safeParse(answer).data;
  if (said?.type === "backend") return said.backend;
  throw new Error(`no compute backend starts here (${failure})`);
}

/** Forks a program that says one thing and ends. `failure` is how it ended, and its last words. */
export async function askChild(
  program: URL,
  ...args: string[]
): Promise<{ answer: unknown; failure: string }> {
  const child = forkChild(program, { args });
  const stderr = keepTail(child);
  let answer: unknown;
  child.on("message", (raw) => {
    answer = raw;
  });
  const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const stopWatching = killOnAbort(child, timeout, PROBE_KILL_AFTER_MS);
  try {
    const ended = await exitOf(child);
    const how = timeout.aborted
      ? `had no answer after ${PROBE_TIMEOUT_MS / 1000} s`
      : wayOut(ended);
    return { answer, failure: [how, stderr()].filter(Boolean).join(": ") };
  } finally {
    stopWatching();
  }
}

function startMessage(
  claim: Claim,
  { databaseUrl, storageDir, modelsDir, checkpointPlace, checkpointIntervalMs }: TrainerOptions,
): StartMessage {
  const { fold, datasetId, crossValidationId } = claim;
  if (fold === null || datasetId === null || crossValidationId === null) {
    throw new Error(`the task ${claim.taskId} names no fold`);
  }
  const whole = { ...claim, fold, datasetId, crossValidationId };
  const settings = { databaseUrl, storageDir, modelsDir, checkpointPlace, checkpointIntervalMs };
  return { type: "start", ...settings, claim: whole };
}

const isFinal = ({ type }: ChildMessage) =>
  type === "done" || type === "stale" || type === "failed";

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the process is gone and its pipes are read out; throws if it never started. */
function exitOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      // Also said of a failed send to a child that is going; only a failed start ends nothing.
      if (child.pid === undefined) reject(error);
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

function judge(
  claim: Claim,
  final: ChildMessage | null,
  ended: Ended,
  hung: boolean,
  stderr: string,
  { signal, log, silenceMs }: TrainerOptions,
): void {
  if (final?.type === "done") return;
  if (final?.type === "stale") throw new StaleClaimError(claim);
  signal.throwIfAborted();
  if (final?.type === "failed") {
    log.error({ stack: final.stack, stderr }, "training failed");
    throw new AppError(final.code, final.detail);
  }
  // Somebody else ended it, as a service manager does that signals the whole group: no fault of the task.
  if (ended.code === EXIT.stopped) throw new Stop("shutdown");
  log.error({ ...ended, hung, stderr }, "the trainer died");
  if (hung) {
    throw new AppError("task-crashed", `The trainer said nothing for ${silenceMs / 1000} s.`);
  }
  const said = crashMessage(stderr);
  const how = said === "" ? wayOut(ended) : `${wayOut(ended)}; it said: ${said}`;
  throw new AppError("task-crashed", `The trainer's process ${how}.`);
}

function wayOut({ code, signal }: Ended): string {
  if (signal === "SIGKILL") return "was killed (SIGKILL): often the machine ran out of memory";
  if (signal === "SIGABRT" || code === 134) return "aborted: often its heap was full";
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** Kills a child that was silent for too long, even one that is stopped or inside a kernel. */
function killOnSilence(child: ChildProcess, silenceMs: number) {
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, silenceMs);
  return {
    heard: () => timer.refresh(),
    get hung() {
      return hung;
    },
    end: () => clearTimeout(timer),
  };
}

/** Reads the child's stderr and remembers its end. */
function keepTail(child: ChildProcess): () => string {
  let tail = Buffer.alloc(0);
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_KEPT_BYTES);
  });
  return () => tail.toString("utf8").trim();
}

function killOnAbort(child: ChildProcess, signal: AbortSignal, killAfterMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const kill = () => {
    child.kill("SIGTERM");
    timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  };
  signal.addEventListener("abort", kill, { once: true });
  return () => {
    signal.removeEventListener("abort", kill);
    clearTimeout(timer);
  };
}
