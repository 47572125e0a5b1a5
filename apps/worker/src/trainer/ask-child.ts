import { describeExit, exitOf, forkChild, keepStderr, killOnAbort } from "@winnow/processes";
import { z } from "zod";
import type { BackendName } from "./backends.js";
import { GPU_ENVIRONMENT } from "./gpu-environment.js";
import { type Backend, ChildMessage } from "./messages.js";

const PROBE = new URL("../trainer-child/backends/probe.js", import.meta.url);
const PROBE_ONE = new URL("../trainer-child/backends/probe-one.js", import.meta.url);
const KILL_AFTER_MS = 1_000;

interface Question {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly args?: string[];
  readonly timeoutMs: number;
}

/**
 * Forks a program that sends one message and ends. `failure` is how it ended, with what it wrote to
 * stderr.
 */
export async function askChild(
  program: URL,
  { env, args = [], timeoutMs }: Question,
): Promise<{ answer: unknown; failure: string }> {
  const child = forkChild(program, { env, args });
  const stderr = keepStderr(child);
  let answer: unknown;
  child.on("message", (raw) => {
    answer = raw;
  });
  const timeout = AbortSignal.timeout(timeoutMs);
  const stopWatching = killOnAbort(child, timeout, KILL_AFTER_MS);
  try {
    const exit = await exitOf(child);
    const how = timeout.aborted ? `had no answer after ${timeoutMs / 1000} s` : describeExit(exit);
    return { answer, failure: [how, stderr()].filter(Boolean).join(": ") };
  } finally {
    stopWatching();
  }
}

/** Asks a fresh process which backend training would use here, and why no faster one. */
export async function probeBackend(env: NodeJS.ProcessEnv, timeoutMs: number): Promise<Backend> {
  const whole = { ...GPU_ENVIRONMENT, ...env };
  const { answer, failure } = await askChild(PROBE, { env: whole, timeoutMs });
  const message = ChildMessage.safeParse(answer).data;
  if (message?.type === "backend") return message.backend;
  throw new Error(`no compute backend starts here (${failure})`);
}

const Report = z.object({ report: z.object({ available: z.boolean() }) });

/** Asks a fresh process whether a backend trains here. One that crashes it does not. */
export async function isBackendAvailable(
  name: BackendName,
  env: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<boolean> {
  const { answer } = await askChild(PROBE_ONE, {
    env: { ...GPU_ENVIRONMENT, ...env },
    args: [name],
    timeoutMs,
  });
  return Report.safeParse(answer).data?.report.available ?? false;
}
