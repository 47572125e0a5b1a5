import { AppError } from "@winnow/contracts";

/** Limits how many expensive operations run at a time. `what` names them, in the plural. */
export class Limiter {
  #running = 0;

  constructor(
    readonly max: number,
    readonly what: string,
  ) {}

  get running(): number {
    return this.#running;
  }

  /** Returns the function that ends the operation; only its first call counts. Throws `overloaded`. */
  acquire(): () => void {
    if (this.#running >= this.max) {
      const detail = `${this.max} ${this.what} are already running; try again shortly.`;
      throw new AppError("overloaded", detail, { retryAfterSeconds: 5 });
    }
    this.#running++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#running--;
      isHeld = false;
    };
  }
}
