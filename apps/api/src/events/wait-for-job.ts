import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal, type Job } from "@winnow/contracts";

const POLL_MS = 250;

type Seen = { job: Job; version: number };

/**
 * Reads a job until it changes or `seconds` have passed. A change is a version other than the one that
 * the client knows, or, if the client names none, a state other than the first one read. The wait
 * also ends when the job has ended, the client disconnects, or the app closes.
 */
export async function waitForJob(ask: {
  read: () => Promise<Seen>;
  knownVersion: number | undefined;
  seconds: number;
  closing: AbortSignal;
  response: ServerResponse;
}): Promise<Seen> {
  const disconnected = new AbortController();
  const onClose = () => disconnected.abort();
  ask.response.once("close", onClose);
  if (ask.response.destroyed) disconnected.abort();
  const stop = AbortSignal.any([ask.closing, disconnected.signal]);
  const deadline = performance.now() + ask.seconds * 1000;
  try {
    let seen = await ask.read();
    const { state } = seen.job;
    const hasChanged = ({ job, version }: Seen) =>
      ask.knownVersion === undefined ? job.state !== state : version !== ask.knownVersion;
    for (;;) {
      const restMs = deadline - performance.now();
      if (restMs <= 0 || stop.aborted || isTerminal(seen.job.state) || hasChanged(seen))
        return seen;
      await sleep(Math.min(POLL_MS, restMs), undefined, { signal: stop }).catch(() => {});
      if (!stop.aborted) seen = await ask.read();
    }
  } finally {
    ask.response.off("close", onClose);
  }
}
