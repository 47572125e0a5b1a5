import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal, type Job } from "@winnow/contracts";

const pollMs = 250;

type Seen = { job: Job; version: number };

/**
 * Reads a job until there is news or `seconds` are over. News is another version than the one the
 * client knows; to a client that names none, another state than at its first reading. A job that
 * has ended, a client that has left and an app that closes end the wait.
 */
export async function waitForJob(ask: {
  read: () => Promise<Seen>;
  knownVersion: number | undefined;
  seconds: number;
  closing: AbortSignal;
  response: ServerResponse;
}): Promise<Seen> {
  const left = new AbortController();
  const onClose = () => left.abort();
  ask.response.once("close", onClose);
  if (ask.response.destroyed) left.abort();
  const stop = AbortSignal.any([ask.closing, left.signal]);
  const deadline = performance.now() + ask.seconds * 1000;
  try {
    let seen = await ask.read();
    const { state } = seen.job;
    const isNews = ({ job, version }: Seen) =>
      ask.knownVersion === undefined ? job.state !== state : version !== ask.knownVersion;
    for (;;) {
      const restMs = deadline - performance.now();
      if (restMs <= 0 || stop.aborted || isTerminal(seen.job.state) || isNews(seen)) return seen;
      await sleep(Math.min(pollMs, restMs), undefined, { signal: stop }).catch(() => {});
      if (!stop.aborted) seen = await ask.read();
    }
  } finally {
    ask.response.off("close", onClose);
  }
}
