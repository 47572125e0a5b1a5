import { setImmediate as turn } from "node:timers/promises";

/** What became of one call: its result, or what it throws. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/**
 * Many calls as few: those that come while `run` is under way, or in the same turn of the event
 * loop, share its next run, `most` at a time. A run begins after every call in it was made, so that
 * each sees what was committed before. An outcome stands for the item at its place; a throw of `run`
 * is everybody's. Databases call it group commit.
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
