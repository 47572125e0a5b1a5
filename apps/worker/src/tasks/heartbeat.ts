import { setTimeout as sleep } from "node:timers/promises";
import { beatTask, type Claim, type Heartbeat, isLockTimeout, type Store } from "@winnow/store";
import type { Logger } from "pino";
import { Stop } from "./stop.js";

export interface HeartbeatOptions {
  readonly store: Store;
  readonly claim: Claim;
  readonly intervalMs: number;
  /** Stops the task after this long without an answer from Postgres: another worker may have it. */
  readonly lostAfterMs: number;
  readonly log: Logger;
  /** Called at most once. */
  onStop(stop: Stop): void;
}

export interface RunningHeartbeat {
  /** Records progress for the next beat; later values replace earlier ones. */
  note(progress: Heartbeat): void;
  /** Sends progress at once; resolves when Postgres has it, or the beat has failed. */
  announce(progress: Heartbeat): Promise<void>;
  /** Resolves when the last beat has ended. */
  end(): Promise<void>;
}

/**
 * Writes the claim's heartbeat to Postgres at every interval, with the task's progress, and learns
 * whether the claim still holds. It continues after a stop until `end`: no other worker may take the
 * task over while a child is still ending.
 */
export function startHeartbeat(options: HeartbeatOptions): RunningHeartbeat {
  const { store, claim, intervalMs, lostAfterMs, log } = options;
  let noted: Heartbeat = {};
  let heardAt = performance.now();
  let stopped = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> = Promise.resolve();

  const stop = (why: "cancelled" | "lost") => {
    if (stopped || ended) return;
    stopped = true;
    options.onStop(new Stop(why));
  };
  const note = (progress: Heartbeat) => {
    noted = { ...noted, ...progress };
  };
  const beat = async () => {
    const sent = noted;
    noted = {};
    // A beat without an answer counts as failed; it is not waited for.
    const unanswered = new AbortController();
    const restMs = Math.max(intervalMs, heardAt + lostAfterMs - performance.now());
    const late = sleep(restMs, undefined, { signal: unanswered.signal }).then(() => {
      stop("lost");
      throw new Error(`Postgres did not answer for ${Math.round(restMs)} ms`);
    });
    late.catch(() => {});
    try {
      const { held, cancelled, published } = await Promise.race([
        beatTask(store, claim, sent),
        late,
      ]);
      heardAt = performance.now();
      if (!published) noted = { ...sent, ...noted };
      if (!held) stop(cancelled ? "cancelled" : "lost");
    } catch (error) {
      noted = { ...sent, ...noted };
      // A lock timeout is an answer: our own last write or another transaction holds the row.
      if (isLockTimeout(error)) heardAt = performance.now();
      log.warn({ err: error }, "a heartbeat failed");
      if (performance.now() - heardAt > lostAfterMs) stop("lost");
    } finally {
      unanswered.abort();
    }
    schedule();
  };
  const schedule = () => {
    clearTimeout(timer);
    if (ended) return;
    timer = setTimeout(() => {
      beating = beat();
    }, intervalMs);
  };
  schedule();

  return {
    note,
    announce(progress) {
      note(progress);
      clearTimeout(timer);
      beating = beating.then(beat);
      return beating;
    },
    async end() {
      ended = true;
      clearTimeout(timer);
      await beating;
    },
  };
}
