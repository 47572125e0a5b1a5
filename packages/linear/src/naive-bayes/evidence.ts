import { setImmediate } from "node:timers/promises";
import type { NaiveBayes } from "./naive-bayes.js";

/** A word or characters of a row, and what it adds to the suggestion's score above the given label's. */
export interface EvidencePart {
  readonly ngram: string;
  readonly weight: number;
}

/**
 * Why a label is doubted. The weights are of the model that never saw the row; those of all its
 * words and characters, and `classSizes`, add up to `difference`.
 */
export interface Evidence {
  readonly suggested: readonly EvidencePart[];
  readonly given: readonly EvidencePart[];
  readonly classSizes: number;
  readonly difference: number;
}

/** The rows whose labels are doubted, and class indices by row, of all n. */
export interface Doubts {
  readonly rows: ArrayLike<number>;
  readonly given: ArrayLike<number>;
  readonly suggested: ArrayLike<number>;
}

/** The evidence of one row. */
export interface RowEvidence {
  readonly row: number;
  readonly evidence: Evidence;
}

const PARTS = 5;
const BLOCK = 256;

/**
 * The evidence of some rows, fold after fold, a block at a time: that of millions of rows fits no
 * memory. Each fold that has some is counted once more.
 */
export async function* evidenceOf(
  model: NaiveBayes,
  folds: ArrayLike<number>,
  doubts: Doubts,
): AsyncGenerator<readonly RowEvidence[]> {
  for (const [fold, rows] of rowsByFold(doubts.rows, folds, model.folds).entries()) {
    if (rows.length === 0) continue;
    await model.openFold(fold);
    for (let start = 0; start < rows.length; start += BLOCK) {
      const block = Array.from(rows.subarray(start, start + BLOCK), (row) => ({
        row,
        evidence: evidenceOfRow(model, row, doubts.suggested[row]!, doubts.given[row]!),
      }));
      yield block;
      await setImmediate();
    }
  }
}

function rowsByFold(
  rows: ArrayLike<number>,
  folds: ArrayLike<number>,
  count: number,
): Int32Array[] {
  const sizes = new Int32Array(count);
  for (let i = 0; i < rows.length; i++) sizes[folds[rows[i]!]!]! += 1;
  const byFold = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const fold = folds[rows[i]!]!;
    byFold[fold]![sizes[fold]!++] = rows[i]!;
  }
  return byFold;
}

/** The evidence of a row of the fold that is open. */
function evidenceOfRow(model: NaiveBayes, row: number, suggested: number, given: number): Evidence {
  const { features } = model;
  const own = features.at(features.placeOf(row));
  const { weights, classSizes } = model.contributions(own, suggested, given);
  let difference = classSizes;
  for (const weight of weights) difference += weight;
  const most = largest(weights, 1);
  const least = largest(weights, -1);
  const names = features.namesOf(
    row,
    [...most, ...least].map((place) => own.ids[place]!),
  );
  const part = (place: number, i: number) => ({ ngram: names[i]!, weight: weights[place]! });
  return {
    suggested: most.map(part),
    given: least.map((place, i) => part(place, most.length + i)),
    classSizes,
    difference,
  };
}

/** The places of the largest weights of one sign, at most five, the largest first. */
function largest(weights: Float64Array, sign: 1 | -1): number[] {
  const places: number[] = [];
  for (let place = 0; place < weights.length; place++) {
    const weight = sign * weights[place]!;
    if (!(weight > 0)) continue;
    let at = places.length;
    while (at > 0 && sign * weights[places[at - 1]!]! < weight) at -= 1;
    if (at === PARTS) continue;
    places.splice(at, 0, place);
    if (places.length > PARTS) places.pop();
  }
  return places;
}
