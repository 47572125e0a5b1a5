import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 1_000;

/** The result of `work`, tried again every second until it succeeds. Rejects when `signal` aborts. */
export async function untilDone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}
