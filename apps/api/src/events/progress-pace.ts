import type { JobEvent } from "@winnow/contracts";

const progressEveryMs = 1_000;

/** Lets at most one progress a second through, the newest; ids still only rise. */
export class ProgressPace {
  #held: JobEvent | null = null;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** What goes out at `nowMs`, with a held progress that is due and has not been overtaken. */
  pass(events: readonly JobEvent[], nowMs: number): JobEvent[] {
    const passed: JobEvent[] = [];
    for (const event of events) {
      if (event.type === "progress") {
        this.#held = event;
        continue;
      }
      passed.push(...this.#due(nowMs), event);
      // Sent after this event it would take the client's Last-Event-ID back.
      this.#held = null;
    }
    return [...passed, ...this.#due(nowMs)];
  }

  /** Milliseconds until a held progress is due; infinite when none is held. */
  restMs(nowMs: number): number {
    return this.#held ? this.#nextMs - nowMs : Number.POSITIVE_INFINITY;
  }

  #due(nowMs: number): JobEvent[] {
    if (!this.#held || nowMs < this.#nextMs) return [];
    const due = [this.#held];
    this.#held = null;
    this.#nextMs = nowMs + progressEveryMs;
    return due;
  }
}
