import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "@winnow/store";
import { type Outcome, openFolds } from "./folds.js";

/**
 * Waits until no fold is open, and for five minutes longer than `expectedMs` at most; returns the highest of
 * `sample`, asked every second.
 */
export async function untilDone(
  store: Store,
  expectedMs: number,
  sample: () => Promise<number>,
): Promise<number> {
  const deadline = performance.now() + expectedMs + 300_000;
  let highest = 0;
  while (performance.now() < deadline) {
    highest = Math.max(highest, await sample());
    if ((await openFolds(store)) === 0) break;
    await sleep(1_000);
  }
  return highest;
}

/** Prints the outcome; false where a fold is lost, still open, doubled, or has other rows than its own. */
export function judgeOutcome(outcome: Outcome): boolean {
  const { folds, succeeded, open, interrupted, doubled, wrongRows, unsent } = outcome;
  const lost = folds - succeeded - open;
  const isMet = lost === 0 && open === 0 && doubled === 0 && wrongRows === 0 && unsent === 0;
  console.log(
    `  ${isMet ? "met   " : "missed"} of ${folds} folds ${lost} lost, ${doubled} doubled, ${open} not yet done; ` +
      `${interrupted} attempts interrupted; ${wrongRows} cross-validations with other rows than their dataset's; ` +
      `${unsent} entries unsent`,
  );
  return isMet;
}

/** Of sorted values: 0.5 is the median, 1 the highest. */
export const atShare = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
