import type { FromProcess } from "../messages/messages.js";

const PROGRESS_EVERY_MS = 200;

/** Sends items no faster than the parent takes them. */
export class Outlet {
  /** Grows with all that is read or sent: whether the work gets on. */
  work = 0;
  readonly #send: (message: FromProcess) => void;
  #credits: number;
  #wake: (() => void) | null = null;
  #toldAt = 0;

  /** `ahead` items may wait for the parent. */
  constructor(ahead: number, send: (message: FromProcess) => void) {
    this.#credits = ahead;
    this.#send = send;
  }

  worked(): void {
    this.work += 1;
  }

  /** The parent has taken an item. */
  next(): void {
    this.#credits += 1;
    this.#wake?.();
  }

  async item(item: unknown): Promise<void> {
    while (this.#credits <= 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    this.#credits -= 1;
    this.worked();
    this.#send({ type: "item", item });
  }

  progress(bytes: number): void {
    const now = performance.now();
    if (now - this.#toldAt < PROGRESS_EVERY_MS) return;
    this.#toldAt = now;
    this.#send({ type: "progress", bytes });
  }
}
