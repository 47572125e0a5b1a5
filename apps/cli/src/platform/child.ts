import { type ChildProcess, fork } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { environmentOfService } from "../config.js";
import { CliError } from "../terminal/failure.js";

/** A program of the platform that has reported over its channel that it is ready. */
export interface PlatformChild {
  readonly name: string;
  /** What it reported: `{type: "listening", url}` or `{type: "ready", ...}`. */
  readonly greeting: Readonly<Record<string, unknown>>;
  /** Resolves with the reason when the child ends, by itself or by a signal. */
  readonly ended: Promise<CliError>;
  /** Asks it to end (SIGTERM), insists after `patienceMs` (SIGKILL), and waits until it is gone. */
  stop(patienceMs?: number): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  /** The built entry point. */
  readonly main: string;
  readonly env: Record<string, string>;
  /** All of its output goes there; the last run's log is kept beside it as `.previous`. */
  readonly logFile: string;
  /** The `type` of the message that reports that it is ready. */
  readonly greeting: string;
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 45_000;
const TAIL_LINES = 8;

/** A program that is up, but lacks something. */
const Waiting = z.object({
  type: z.literal("waiting"),
  why: z.string(),
  needsAction: z.boolean(),
});

/**
 * Forks a program and waits until it is ready. When it ends early, stays silent, or `signal` aborts,
 * nothing of it is left running and the error holds the tail of its log.
 */
export async function startChild(options: ChildOptions): Promise<PlatformChild> {
  const { name, main, logFile, signal } = options;
  if (!existsSync(main)) {
    throw new CliError("not-built", `${main} is missing; run \`npm run build\` first.`);
  }
  const child = spawnLogged(options);
  const exited = new Promise<CliError>((resolve) => {
    const leave = (how: string) => resolve(endedEarly(name, how, logFile));
    child.once("error", (error) => leave(error.message));
    child.once("exit", (code, by) => leave(by === null ? `exit code ${code}` : by));
  });
  const stop = (patienceMs?: number) => stopChild(child, exited, patienceMs);
  try {
    const greeting = await firstOf(child, options, exited);
    signal.throwIfAborted();
    return { name, greeting, ended: exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function spawnLogged({ main, env, logFile }: ChildOptions): ChildProcess {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
  const log = openSync(logFile, "a", 0o600);
  try {
    return fork(main, [], {
      env: environmentOfService(env),
      execArgv: [],
      stdio: ["ignore", log, log, "ipc"],
      // A session of its own: Ctrl-C reaches the command, which ends its children in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function firstOf(
  child: ChildProcess,
  { name, greeting, logFile, signal }: ChildOptions,
  exited: Promise<CliError>,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    let waits = "";
    const timer = setTimeout(() => {
      const seconds = READY_TIMEOUT_MS / 1000;
      reject(endedEarly(name, `was not ready after ${seconds} s${waits}`, logFile));
    }, READY_TIMEOUT_MS);
    const onAbort = () => reject(signal.reason);
    const onMessage = (message: unknown) => {
      if (typeof message !== "object" || message === null) return;
      const waiting = Waiting.safeParse(message).data;
      if (waiting) {
        waits = `: ${waiting.why}`;
        // It would wait for ever: somebody has to change something first.
        if (waiting.needsAction) reject(cannotStart(name, waiting.why));
      }
      if (Reflect.get(message, "type") !== greeting) return;
      settle();
      resolve({ ...message });
    };
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      child.off("message", onMessage);
    };
    child.on("message", onMessage);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    void exited.then((error) => {
      settle();
      reject(error);
    });
  });
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<CliError>,
  patienceMs = STOP_TIMEOUT_MS,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await exited;
  clearTimeout(insist);
}

function cannotStart(name: string, why: string): CliError {
  return new CliError(`${name}-not-ready`, `The ${name} cannot start: ${why}.`);
}

function endedEarly(name: string, how: string, logFile: string): CliError {
  const tail = readTail(logFile);
  const last = tail.length === 0 ? "" : ` The end of it:\n${tail.map((l) => `  ${l}`).join("\n")}`;
  return new CliError(`${name}-ended`, `The ${name} ended (${how}); its log is ${logFile}.${last}`);
}

/** The last lines of a log, with pino's JSON made readable. */
export function readTail(logFile: string): string[] {
  try {
    const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-TAIL_LINES);
    return lines.filter((line) => line !== "").map(readable);
  } catch {
    return [`(there is no ${basename(logFile)})`];
  }
}

function readable(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== "object" || entry === null) return line;
    const message: unknown = Reflect.get(entry, "msg");
    const error: unknown = Reflect.get(entry, "err");
    const why: unknown = typeof error === "object" && error && Reflect.get(error, "message");
    const parts = [message, why].filter((part) => typeof part === "string" && part !== "");
    return parts.length === 0 ? line : [...new Set(parts)].join(": ");
  } catch {
    return line;
  }
}
