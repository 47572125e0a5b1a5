export interface Repeated {
  /** Runs the work now, or once more right after the current run. */
  now(): void;
  /** Starts no more runs; resolves when the current one has ended. */
  end(): Promise<void>;
}

/** Runs `work` at once, and again `pauseMs` after each run's end; never two runs at a time. */
export function repeat(
  work: () => Promise<void>,
  pauseMs: number,
  onError: (error: unknown) => void,
): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let again = false;
  let ended = false;
  const run = () => {
    clearTimeout(timer);
    if (ended) return;
    if (running) {
      again = true;
      return;
    }
    running = work()
      .catch(onError)
      .finally(() => {
        running = null;
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
      await running;
    },
  };
}
