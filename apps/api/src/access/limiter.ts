import { AppError } from "@winnow/contracts";

/** Bounds how much of something costly goes on at a time. `what` names it, in the plural. */
export class Slots {
  #open = 0;

  constructor(
    readonly max: number,
    readonly what: string,
  ) {}

  get open(): number {
    return this.#open;
  }

  /** Returns what gives the slot back, which may be called twice. Throws `overloaded`. */
  take(): () => void {
    if (this.#open >= this.max) {
      throw new AppError(
        "overloaded",
        `${this.max} ${this.what} are under way; try again shortly.`,
        {
          retryAfterSeconds: 5,
        },
      );
    }
    this.#open++;
    let held = true;
    return () => {
      if (held) this.#open--;
      held = false;
    };
  }
}
