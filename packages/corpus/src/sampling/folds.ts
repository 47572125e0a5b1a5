import { CorpusError } from "../errors.js";
import { below, type RandomGenerator, randomFor } from "./random.js";

// Also an entry of its own, "@winnow/corpus/folds": trainers split rows and read no files.

/**
 * A stratified, shuffled split: the fold (0-based) of each sample. Every sample is in exactly one
 * fold; folds differ by at most one sample overall and in each class, so a class smaller than
 * `folds` is in as many folds as it has samples. The same labels, folds and seed give the same
 * split. `labels` (n) are class indexes from 0; throws CorpusError "bad-folds".
 *
 * With `groups` (n, any integers) all samples of a group share a fold; the folds are then as even
 * as the groups allow.
 */
export function assignFolds(
  labels: Int32Array,
  folds: number,
  seed: number,
  groups?: Int32Array,
): Uint8Array {
  const n = labels.length;
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= 255)) {
    throw badFolds(`folds must be a whole number from 2 to 255, not ${folds}.`);
  }
  if (folds > n) throw badFolds(`${folds} folds need at least ${folds} samples; there are ${n}.`);
  if (groups && groups.length !== n) {
    throw badFolds(`There are ${groups.length} groups for ${n} samples.`);
  }
  const random = randomFor("folds", seed);
  const { order, starts } = orderByClass(labels);
  shuffleWithinClasses(order, starts, random);
  if (groups) return dealGroups(labels, starts.length - 1, order, folds, groups);
  // Continuing across class boundaries keeps the folds' total sizes even.
  const foldOf = new Uint8Array(n);
  for (let i = 0; i < n; i += 1) foldOf[order[i]!] = i % folds;
  return foldOf;
}

/** Indexes of the classes with at least one sample but fewer than `folds`: some folds lack them. */
export function classesSmallerThanFolds(classCounts: ArrayLike<number>, folds: number): number[] {
  const small: number[] = [];
  for (let c = 0; c < classCounts.length; c += 1) {
    const count = classCounts[c]!;
    if (count > 0 && count < folds) small.push(c);
  }
  return small;
}

/** Sample indexes sorted by class; class c holds `order[starts[c]]` to `order[starts[c + 1] - 1]`. */
function orderByClass(labels: Int32Array): { order: Uint32Array; starts: Uint32Array } {
  let classes = 0;
  for (const label of labels) {
    if (label < 0) throw badFolds(`Label ${label} is not a class index.`);
    if (label >= classes) classes = label + 1;
  }
  const starts = new Uint32Array(classes + 1);
  for (const label of labels) starts[label + 1] = starts[label + 1]! + 1;
  for (let c = 0; c < classes; c += 1) {
    starts[c + 1] = starts[c + 1]! + starts[c]!;
  }
  const next = starts.slice();
  const order = new Uint32Array(labels.length);
  for (let i = 0; i < labels.length; i += 1) {
    const label = labels[i]!;
    order[next[label]!] = i;
    next[label] = next[label]! + 1;
  }
  return { order, starts };
}

function shuffleWithinClasses(
  order: Uint32Array,
  starts: Uint32Array,
  random: RandomGenerator,
): void {
  for (let c = 0; c + 1 < starts.length; c += 1) {
    const start = starts[c]!;
    for (let i = starts[c + 1]! - 1; i > start; i -= 1) {
      const j = start + below(random, i - start + 1);
      const held = order[j]!;
      order[j] = order[i]!;
      order[i] = held;
    }
  }
}

/**
 * Assigns whole groups, the largest first, each to the fold with the fewest samples of its first
 * sample's class, and among those to the smallest fold. Groups of one come last and even out the
 * sizes.
 */
function dealGroups(
  labels: Int32Array,
  classes: number,
  order: Uint32Array,
  folds: number,
  groups: Int32Array,
): Uint8Array {
  const members = new Map<number, number[]>();
  for (const i of order) {
    const group = groups[i]!;
    const known = members.get(group);
    if (known) known.push(i);
    else members.set(group, [i]);
  }
  if (members.size < folds) {
    throw badFolds(`${folds} folds need at least ${folds} groups; there are ${members.size}.`);
  }
  const byClass = new Uint32Array(classes * folds);
  const sizes = new Uint32Array(folds);
  const foldOf = new Uint8Array(labels.length);
  // Sorting is stable: groups of one size keep their shuffled order within each class.
  for (const group of [...members.values()].sort((a, b) => b.length - a.length)) {
    const label = labels[group[0]!]!;
    let best = 0;
    for (let f = 1; f < folds; f += 1) {
      const less = byClass[label * folds + f]! - byClass[label * folds + best]!;
      if (less < 0 || (less === 0 && sizes[f]! < sizes[best]!)) best = f;
    }
    for (const i of group) {
      const cell = labels[i]! * folds + best;
      byClass[cell] = byClass[cell]! + 1;
      foldOf[i] = best;
    }
    sizes[best] = sizes[best]! + group.length;
  }
  return foldOf;
}

function badFolds(message: string): CorpusError {
  return new CorpusError("bad-folds", message);
}
