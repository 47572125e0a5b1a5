import { setImmediate as turn } from "node:timers/promises";

/** The outcome of one call: its result, or what it throws. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/**
 * Runs many calls as few, which databases call group commit. Calls that arrive while `run` is
 * running, or in the same turn of the event loop, share its next run, at most `most` of them. A run
 * begins after all its calls were made, so each sees what was committed before it. `run` returns
 * one outcome per item, in order; if it throws, every call of that run throws.
 */
export function groupCalls<T, R>(
  run: (items: readonly T[]) => Promise<readonly Outcome<R>[]>,
  most = 200,
): (item: T) => Promise<R> {
  let waiting: { item: T; resolve: (value: R) => void; reject: (error: unknown) => void }[] = [];
  let isRunning = false;

  async function runAll(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      await turn();
      const calls = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const outcomes = await run(calls.map(({ item }) => item));
        for (const [n, call] of calls.entries()) {
          const outcome = outcomes[n]!;
          if ("error" in outcome) call.reject(outcome.error);
          else call.resolve(outcome.value);
        }
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    isRunning = false;
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) void runAll();
    });
}
