import { exitCodeOf, Interrupted } from "./failure.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const SHOW_CURSOR_AND_WRAP = "\u001b[?25h\u001b[?7h";

/**
 * Runs `work` with a signal that the first SIGINT, SIGTERM or SIGHUP aborts (reason: Interrupted), so
 * that it can stop what it started. A second one leaves at once: children end with their channel,
 * servers with their guard.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (process.stdout.isTTY) process.stdout.write(SHOW_CURSOR_AND_WRAP);
      process.exit(exitCodeOf(signal));
    }
    controller.abort(new Interrupted(signal));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    // After the signal, the errors of `work` only follow from it.
    if (error instanceof Interrupted || !controller.signal.aborted) throw error;
    throw controller.signal.reason;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
