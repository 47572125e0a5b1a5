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

export interface Doubt {
  readonly row: number;
  readonly given: number;
  readonly suggested: number;
}

const PARTS = 5;

/** The evidence of some rows, by row. Counts every fold once more. */
export async function evidenceOf(
  model: NaiveBayes,
  folds: ArrayLike<number>,
  doubts: readonly Doubt[],
  onProgress: (done: number) => void = () => {},
): Promise<Map<number, Evidence>> {
  const found = new Map<number, Evidence>();
  const byFold = new Map<number, Doubt[]>();
  for (const doubt of doubts) {
    const fold = folds[doubt.row]!;
    const known = byFold.get(fold);
    if (known) known.push(doubt);
    else byFold.set(fold, [doubt]);
  }
  for (const [fold, own] of byFold) {
    await model.openFold(fold);
    for (const doubt of own) found.set(doubt.row, evidenceOfRow(model, doubt));
    onProgress(found.size);
  }
  return found;
}

/** The evidence of a row of the fold that is open. */
function evidenceOfRow(model: NaiveBayes, { row, given, suggested }: Doubt): Evidence {
  const named = model.features.named(row);
  const { weights, classSizes } = model.contributions(named, suggested, given);
  const places = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]!);
  const part = (place: number) => ({ ngram: named.ngrams[place]!, weight: weights[place]! });
  const last = places.slice(-PARTS).reverse();
  return {
    suggested: places
      .slice(0, PARTS)
      .filter((place) => weights[place]! > 0)
      .map(part),
    given: last.filter((place) => weights[place]! < 0).map(part),
    classSizes,
    difference: weights.reduce((sum, weight) => sum + weight, classSizes),
  };
}
