import { AppError } from "@winnow/contracts";

/** Bounds the downloads at a time: each holds a connection to Postgres for as long as it lasts. */
export class DownloadSlots {
  #open = 0;

  constructor(readonly max: number) {}

  get open(): number {
    return this.#open;
  }

  /** Returns what gives the slot back, which may be called twice. Throws `overloaded`. */
  take(): () => void {
    if (this.#open >= this.max) {
      throw new AppError("overloaded", `${this.max} downloads are under way; try again shortly.`, {
        retryAfterSeconds: 5,
      });
    }
    this.#open++;
    let held = true;
    return () => {
      if (held) this.#open--;
      held = false;
    };
  }
}
