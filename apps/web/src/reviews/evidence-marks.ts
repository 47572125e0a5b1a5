import type { Evidence } from "@winnow/contracts";
import { placesOf, readableText, wordsOf } from "./ngram-places.js";

export type Side = "suggested" | "given";

/** A stretch of a text, and the label that its words speak for. */
export interface Stretch {
  readonly text: string;
  readonly side: Side | null;
}

/**
 * The text in stretches, of which those that an n-gram of the evidence stands in are marked. Together
 * they are the text, letter for letter. A letter that both labels claim is the heavier n-gram's.
 */
export function stretchesOf(text: string, evidence: Evidence | null): readonly Stretch[] {
  const lower = readableText(text);
  if (evidence === null || lower === null) return [{ text, side: null }];
  const parts = (["suggested", "given"] as const)
    .flatMap((side) => evidence[side].map(({ ngram, weight }) => ({ side, ngram, weight })))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const words = wordsOf(lower);
  const sides: (Side | null)[] = new Array(text.length).fill(null);
  for (const { side, ngram } of parts) {
    for (const { from, to } of placesOf(lower, words, ngram)) {
      for (let i = from; i < to; i += 1) sides[i] ??= side;
    }
  }
  const stretches: Stretch[] = [];
  for (let from = 0; from < text.length; ) {
    const side = sides[from]!;
    let to = from + 1;
    while (to < text.length && sides[to] === side) to += 1;
    stretches.push({ text: text.slice(from, to), side });
    from = to;
  }
  return stretches;
}
