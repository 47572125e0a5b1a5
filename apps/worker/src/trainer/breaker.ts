/** Notices a machine on which no child stays alive: taking more folds would only use them up. */
export interface Breaker {
  /** Whether folds are to be left to other workers for now. */
  readonly open: boolean;
  /** How a child ended: well, or dead after so long without a word of its own. */
  note(died: { afterMs: number } | null): void;
  /** Ends the waiting for better times. */
  end(): void;
}

export interface BreakerOptions {
  /** Children in a row that died early, before the breaker opens. */
  readonly deaths: number;
  readonly earlyMs: number;
  /** How long it stays open; the next early death opens it again. */
  readonly pauseMs: number;
  onChange(open: boolean): void;
}

/** A closed breaker. */
export function createBreaker(options: BreakerOptions): Breaker {
  let early = 0;
  let timer: NodeJS.Timeout | undefined;
  const close = () => {
    clearTimeout(timer);
    if (timer === undefined) return;
    timer = undefined;
    // One more early death is enough from here on.
    early = options.deaths - 1;
    options.onChange(false);
  };
  return {
    get open() {
      return timer !== undefined;
    },
    note(died) {
      if (died === null) early = 0;
      else if (died.afterMs <= options.earlyMs) early += 1;
      if (early < options.deaths || timer !== undefined) return;
      timer = setTimeout(close, options.pauseMs);
      options.onChange(true);
    },
    end() {
      clearTimeout(timer);
    },
  };
}
