import { setImmediate } from "node:timers/promises";
import { LinearError } from "../errors.js";
import type { TextFeatures } from "../ngrams/text-features.js";

const BLOCK = 1024;

/** Calls `use` for each row at some places of the order. Throws `cancelled`. */
export async function eachPlace(
  features: TextFeatures,
  signal: AbortSignal | undefined,
  from: number,
  to: number,
  use: (row: number, place: number) => void,
): Promise<void> {
  for (let start = from; start < to; start += BLOCK) {
    if (signal?.aborted) throw new LinearError("cancelled", "The quick model was cancelled.");
    const end = Math.min(to, start + BLOCK);
    for (let place = start; place < end; place++) use(features.order?.[place] ?? place, place);
    await setImmediate();
  }
}

/** Where each fold's places start; throws where the order does not hold fold after fold. */
export function foldStarts(features: TextFeatures, folds: ArrayLike<number>): Int32Array {
  const starts = [0];
  let last = -1;
  for (let place = 0; place < features.count; place++) {
    const fold = folds[features.order?.[place] ?? place]!;
    if (fold < last) {
      throw new Error(`fold ${fold} comes after fold ${last} in the order of the rows`);
    }
    for (; last < fold; last++) if (last >= 0) starts.push(place);
    last = fold;
  }
  starts.push(features.count);
  return Int32Array.from(starts);
}

/** The rows fold after fold, ascending within each: the order that `textFeatures` takes. */
export function foldOrder(folds: ArrayLike<number>): Int32Array {
  const rows = new Int32Array(folds.length);
  let most = 0;
  for (let row = 0; row < folds.length; row++) most = Math.max(most, folds[row]! + 1);
  const next = new Int32Array(most + 1);
  for (let row = 0; row < folds.length; row++) next[folds[row]! + 1]! += 1;
  for (let fold = 0; fold < most; fold++) next[fold + 1]! += next[fold]!;
  for (let row = 0; row < folds.length; row++) rows[next[folds[row]!]!++] = row;
  return rows;
}
