export interface Repeated {
  /** Runs the work now, or once more right after the run under way. */
  now(): void;
  /** Resolves when no run is under way and none will come. */
  end(): Promise<void>;
}

/** Runs `work` at once and then `pauseMs` after each run's end, never twice at a time. */
export function repeat(
  work: () => Promise<void>,
  pauseMs: number,
  onError: (error: unknown) => void,
): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let under: Promise<void> | null = null;
  let again = false;
  let ended = false;
  const run = () => {
    clearTimeout(timer);
    if (ended) return;
    if (under) {
      again = true;
      return;
    }
    under = work()
      .catch(onError)
      .finally(() => {
        under = null;
        if (again) {
          again = false;
          run();
        } else if (!ended) timer = setTimeout(run, pauseMs);
      });
  };
  run();
  return {
    now: run,
    async end() {
      ended = true;
      clearTimeout(timer);
      await under;
    },
  };
}
