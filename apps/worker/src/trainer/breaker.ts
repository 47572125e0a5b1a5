/** Detects a machine on which no child survives its start, where every further fold would fail. */
export interface Breaker {
  /** Whether this worker takes no folds for now. */
  readonly open: boolean;
  /** Records how a child ended: well (null), or by a crash this long after its start. */
  note(died: { afterMs: number } | null): void;
  /** Stops the timer of the pause. */
  end(): void;
}

export interface BreakerOptions {
  /** Early deaths in a row that open the breaker. */
  readonly deaths: number;
  /** A death is early up to this long after the start. */
  readonly earlyMs: number;
  /** How long it stays open; then one early death opens it again. */
  readonly pauseMs: number;
  onChange(open: boolean): void;
}

/** Creates a closed breaker. */
export function createBreaker(options: BreakerOptions): Breaker {
  let early = 0;
  let timer: NodeJS.Timeout | undefined;
  const close = () => {
    clearTimeout(timer);
    if (timer === undefined) return;
    timer = undefined;
    // From now on one early death is enough.
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
