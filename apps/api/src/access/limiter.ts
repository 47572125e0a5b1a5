import { AppError } from "@winnow/contracts";

/** Whoever may begin an operation of a kind. */
export interface Turns {
  /** Returns the function that ends the operation; only its first call counts. */
  acquire(): () => void;
}

export interface Limits {
  /** What is limited, in the plural. */
  readonly what: string;
  /** Of all senders together. */
  readonly max?: number | undefined;
  /** Of one sender. */
  readonly maxEach?: number | undefined;
}

const RETRY_AFTER_SECONDS = 5;

/** Limits how many expensive operations run at a time, in all and of one sender. */
export class Limiter {
  #running = 0;
  readonly #of = new Map<string, number>();

  constructor(readonly limits: Limits) {}

  get running(): number {
    return this.#running;
  }

  /** The turns of one sender. Acquiring throws `rate-limited` above its own limit, else `overloaded`. */
  of(sender: string): Turns {
    return { acquire: () => this.#acquire(sender) };
  }

  #acquire(sender: string): () => void {
    const { max, maxEach, what } = this.limits;
    const own = this.#of.get(sender) ?? 0;
    if (maxEach !== undefined && own >= maxEach) {
      const detail = `At most ${maxEach} ${what} can be open at a time; end one, or try again shortly.`;
      throw new AppError("rate-limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    if (max !== undefined && this.#running >= max) {
      const detail = `${max} ${what} are already running; try again shortly.`;
      throw new AppError("overloaded", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.#running++;
    this.#of.set(sender, own + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#running--;
      const left = (this.#of.get(sender) ?? 1) - 1;
      if (left > 0) this.#of.set(sender, left);
      else this.#of.delete(sender);
    };
  }
}
