import { CorpusError } from "./errors.js";
import { below, randomFor } from "./random.js";

/**
 * A stratified, shuffled split: the fold (0-based) of each sample. Every sample is in exactly one
 * fold; folds differ by at most one sample overall and in each class, so that a class smaller than
 * `folds` is spread over as many folds as it has samples. The same labels, folds and seed give the
 * same split. `labels` (n) are class indexes from 0; throws CorpusError "bad-folds".
 */
export function assignFolds(labels: Int32Array, folds: number, seed: number): Uint8Array {
  const n = labels.length;
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= 255)) {
    throw new CorpusError("bad-folds", `folds must be a whole number from 2 to 255, not ${folds}.`);
  }
  if (folds > n) {
    throw new CorpusError(
      "bad-folds",
      `${folds} folds need at least ${folds} samples; there are ${n}.`,
    );
  }
  const random = randomFor("folds", seed);
  const { order, starts } = orderByClass(labels);
  // Dealing on over the classes' borders keeps the folds' own sizes even.
  const foldOf = new Uint8Array(n);
  for (let c = 0; c + 1 < starts.length; c += 1) {
    const start = starts[c] as number;
    for (let i = (starts[c + 1] as number) - 1; i >= start; i -= 1) {
      const j = start + below(random, i - start + 1);
      const taken = order[j] as number;
      order[j] = order[i] as number;
      foldOf[taken] = i % folds;
    }
  }
  return foldOf;
}

/** Indexes of the classes with at least one sample but fewer than `folds`: they are spread thin. */
export function classesSmallerThanFolds(classCounts: ArrayLike<number>, folds: number): number[] {
  const small: number[] = [];
  for (let c = 0; c < classCounts.length; c += 1) {
    const count = classCounts[c] as number;
    if (count > 0 && count < folds) small.push(c);
  }
  return small;
}

/** Sample indexes sorted by class; class c holds `order[starts[c]]` to `order[starts[c + 1] - 1]`. */
function orderByClass(labels: Int32Array): { order: Uint32Array; starts: Uint32Array } {
  let classes = 0;
  for (const label of labels) {
    if (label < 0) throw new CorpusError("bad-folds", `Label ${label} is no class index.`);
    if (label >= classes) classes = label + 1;
  }
  const starts = new Uint32Array(classes + 1);
  for (const label of labels) starts[label + 1] = (starts[label + 1] as number) + 1;
  for (let c = 0; c < classes; c += 1) {
    starts[c + 1] = (starts[c + 1] as number) + (starts[c] as number);
  }
  const next = starts.slice();
  const order = new Uint32Array(labels.length);
  for (let i = 0; i < labels.length; i += 1) {
    const label = labels[i] as number;
    order[next[label] as number] = i;
    next[label] = (next[label] as number) + 1;
  }
  return { order, starts };
}
