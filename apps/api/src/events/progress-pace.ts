import type { JobEvent } from "@winnow/contracts";

const PROGRESS_INTERVAL_MS = 1_000;

/** Passes on at most one progress event a second, the newest. The order of ids is kept. */
export class ProgressPace {
  #held: JobEvent | null = null;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** The events to send at `nowMs`, with a held progress event that is due and still the newest. */
  pass(events: readonly JobEvent[], nowMs: number): JobEvent[] {
    const passed: JobEvent[] = [];
    for (const event of events) {
      if (event.type === "progress") {
        this.#held = event;
        continue;
      }
      passed.push(...this.#due(nowMs), event);
      // Sent after this event, it would set the client's Last-Event-ID back.
      this.#held = null;
    }
    return [...passed, ...this.#due(nowMs)];
  }

  /** Milliseconds until a held progress event is due; infinite without one. */
  restMs(nowMs: number): number {
    return this.#held ? this.#nextMs - nowMs : Number.POSITIVE_INFINITY;
  }

  #due(nowMs: number): JobEvent[] {
    if (!this.#held || nowMs < this.#nextMs) return [];
    const due = [this.#held];
    this.#held = null;
    this.#nextMs = nowMs + PROGRESS_INTERVAL_MS;
    return due;
  }
}
