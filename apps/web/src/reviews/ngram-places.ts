/** A stretch of a text, by its letters. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** As the model takes texts apart: the words of two letters and more. */
const WORDS = /[\p{L}\p{N}_]{2,}/gu;
const ONLY_WORDS = /^[\p{L}\p{N}_]{2,}(?: [\p{L}\p{N}_]{2,})?$/u;
const SPACE = /\s/u;

/**
 * A text as the model reads it, in lower case; null where that moves letters: nobody knows which ones an
 * n-gram means then.
 */
export function readableText(text: string): string | null {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : null;
}

/** Where an n-gram stands: as words where it does, else as characters. */
export function placesOf(lower: string, words: readonly Range[], ngram: string): readonly Range[] {
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

/** The words of a text in lower case. */
export function wordsOf(lower: string): readonly Range[] {
  return [...lower.matchAll(WORDS)].map(({ index, 0: word }) => ({
    from: index,
    to: index + word.length,
  }));
}
