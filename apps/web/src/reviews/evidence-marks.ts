import type { Evidence } from "@winnow/contracts";

export type Side = "suggested" | "given";

/** A stretch of a text, and the label that its words speak for. */
export interface Stretch {
  readonly text: string;
  readonly side: Side | null;
}

/** As the model takes texts apart: the words of two letters and more. */
const WORDS = /[\p{L}\p{N}_]{2,}/gu;
const ONLY_WORDS = /^[\p{L}\p{N}_]{2,}(?: [\p{L}\p{N}_]{2,})?$/u;
const CONTINUOUS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const SPACE = /\s/u;

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The text in stretches, of which those that an n-gram of the evidence stands in are marked. Together
 * they are the text, letter for letter. A letter that both labels claim is the heavier n-gram's.
 */
export function stretchesOf(text: string, evidence: Evidence | null): readonly Stretch[] {
  const lower = text.toLowerCase();
  // The model reads lower case; where that moves letters, nobody knows which ones it means.
  if (evidence === null || lower.length !== text.length) return [{ text, side: null }];
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

/** Where an n-gram stands: as words where it does, else as characters. */
function placesOf(lower: string, words: readonly Range[], ngram: string): readonly Range[] {
  if (ONLY_WORDS.test(ngram)) {
    const [first, second] = ngram.split(" ");
    const is = (place: Range | undefined, word: string | undefined) =>
      place !== undefined && lower.slice(place.from, place.to) === word;
    const found = words.flatMap((place, i) => {
      if (!is(place, first)) return [];
      if (second === undefined) return [place];
      const next = words[i + 1];
      return is(next, second) ? [{ from: place.from, to: next!.to }] : [];
    });
    if (found.length > 0 || second !== undefined) return found;
  }
  return charactersAt(lower, ngram);
}

/** Where characters stand; a blank within them is any white space, at their ends also an end of the text. */
function charactersAt(lower: string, ngram: string): readonly Range[] {
  const pieces = ngram.split(" ").filter((piece) => piece !== "");
  const [first] = pieces;
  if (first === undefined) return [];
  const isSpace = (at: number) => at < 0 || at >= lower.length || SPACE.test(lower[at]!);
  const found: Range[] = [];
  for (let from = lower.indexOf(first); from !== -1; from = lower.indexOf(first, from + 1)) {
    let to: number | null = from;
    for (const [i, piece] of pieces.entries()) {
      const start: number = to;
      if (i > 0) while (to < lower.length && isSpace(to)) to += 1;
      if ((i > 0 && to === start) || !lower.startsWith(piece, to)) {
        to = null;
        break;
      }
      to += piece.length;
    }
    if (to === null) continue;
    if (ngram.startsWith(" ") && !isSpace(from - 1)) continue;
    if (ngram.endsWith(" ") && !isSpace(to)) continue;
    found.push({ from, to });
  }
  return found;
}

function wordsOf(lower: string): readonly Range[] {
  return [...lower.matchAll(WORDS)].map(({ index, 0: word }) => ({
    from: index,
    to: index + word.length,
  }));
}

/** An n-gram as people read it: words as they are, pieces of words with dots where they go on. */
export function spokenNgram(text: string, ngram: string): string {
  const inside = ngram.trim();
  if (inside === "") return "␣";
  const lower = text.toLowerCase();
  const isWord =
    ngram === inside && wordsOf(lower).some(({ from, to }) => lower.slice(from, to) === inside);
  if (CONTINUOUS.test(text) || isWord || inside.includes(" ")) return inside;
  return `${ngram.startsWith(" ") ? "" : "…"}${inside}${ngram.endsWith(" ") ? "" : "…"}`;
}
