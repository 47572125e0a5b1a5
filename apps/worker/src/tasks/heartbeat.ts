import { setTimeout as sleep } from "node:timers/promises";
import { beatTask, type Claim, type Heartbeat, type Store, waitedTooLong } from "@winnow/store";
import type { Logger } from "pino";
import { Stop } from "./stop.js";

export interface HeartbeatOptions {
  readonly store: Store;
  readonly claim: Claim;
  readonly intervalMs: number;
  /** After so long without an answer of Postgres the task may be another's: stop. */
  readonly lostAfterMs: number;
  readonly log: Logger;
  /** Called at most once. */
  onStop(stop: Stop): void;
}

export interface RunningHeartbeat {
  /** Told with the next beat; later values replace earlier ones. */
  note(progress: Heartbeat): void;
  /** Told at once; resolves when Postgres knows, or when it could not be told. */
  announce(progress: Heartbeat): Promise<void>;
  /** Resolves when no beat is under way and none will come. */
  end(): Promise<void>;
}

/**
 * Tells Postgres at every interval that the claim's holder lives and how far it is, and hears from
 * it whether the task is still ours. It goes on after a stop, until `end`: nobody shall take the
 * task over while a child is still dying.
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
    const told = noted;
    noted = {};
    // One that is never answered is lost as surely as one that fails, and nobody waits for it.
    const unanswered = new AbortController();
    const restMs = Math.max(intervalMs, heardAt + lostAfterMs - performance.now());
    const late = sleep(restMs, undefined, { signal: unanswered.signal }).then(() => {
      stop("lost");
      throw new Error(`Postgres did not answer for ${Math.round(restMs)} ms`);
    });
    late.catch(() => {});
    try {
      const { held, cancelled, published } = await Promise.race([
        beatTask(store, claim, told),
        late,
      ]);
      heardAt = performance.now();
      if (!published) noted = { ...told, ...noted };
      if (!held) stop(cancelled ? "cancelled" : "lost");
    } catch (error) {
      noted = { ...told, ...noted };
      // That is an answer: the row is held by our own last write, or by somebody for a moment.
      if (waitedTooLong(error)) heardAt = performance.now();
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
