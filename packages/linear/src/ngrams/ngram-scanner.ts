import { mixIds } from "@winnow/numeric";
import { CodePoints, classesOf, SPACE, WORD } from "./code-points.js";

// Two hashes of 32 bits name an n-gram: with 100 million different ones, two share both in one data
// set of 3,000. Words and characters start from numbers of their own, so "an" is two features.
const WORDS = [0x3c6ef372, 0x510e527f] as const;
const CHARACTERS = [0x1b873593, 0x2545f491] as const;

const SHORTEST_WORD = 2;
const BLANK = 32;

/**
 * Takes texts apart into n-grams, each named by two hashes. Words: runs of two and more letters,
 * numbers and `_`, alone and in pairs. Characters: 2 to 4 code points inside a piece between white
 * space, which has one blank on both sides; in CJK texts, which have no words, 1 to 3 code points
 * of the whole text, any white space being one blank. Texts are lower-cased first.
 */
export class NgramScanner {
  readonly cjk: boolean;
  /** The n-grams of the last text, words first. */
  first = new Int32Array(1024);
  second = new Int32Array(1024);
  count = 0;
  /** How many of them are words and pairs of words. */
  wordCount = 0;
  readonly #text = new CodePoints();
  #piece = new Int32Array(256);

  constructor(cjk: boolean) {
    this.cjk = cjk;
  }

  scan(text: string): void {
    const codePoints = this.#text;
    codePoints.read(text.toLowerCase());
    this.count = 0;
    this.wordCount = 0;
    this.#makeRoom(codePoints.count);
    if (this.cjk) this.#wholeText();
    else {
      this.#words();
      this.wordCount = this.count;
      this.#pieces();
    }
  }

  #makeRoom(codePoints: number): void {
    // A text of one-letter pieces has the most: three n-grams of its code points and blanks each.
    const most = 12 * codePoints + 16;
    if (this.first.length < most) {
      this.first = new Int32Array(2 * most);
      this.second = new Int32Array(2 * most);
    }
    if (this.#piece.length < codePoints + 2) this.#piece = new Int32Array(2 * codePoints + 2);
  }

  #words(): void {
    const { points, count } = this.#text;
    const { first, second } = this;
    let hasBefore = false;
    let before0 = 0;
    let before1 = 0;
    let found = 0;
    for (let i = 0; i < count; ) {
      let hash0: number = WORDS[0];
      let hash1: number = WORDS[1];
      const start = i;
      while (i < count && classesOf(points[i]!) & WORD) {
        hash0 = mixIds(hash0, points[i]!);
        hash1 = mixIds(hash1, points[i]!);
        i += 1;
      }
      if (i - start >= SHORTEST_WORD) {
        first[found] = hash0;
        second[found++] = hash1;
        if (hasBefore) {
          // No code point is negative: a pair is never a longer word.
          first[found] = mixIds(mixIds(before0, -1), hash0);
          second[found++] = mixIds(mixIds(before1, -1), hash1);
        }
        hasBefore = true;
        before0 = hash0;
        before1 = hash1;
      }
      if (i === start) i += 1;
    }
    this.count = found;
  }

  #pieces(): void {
    const { points, count } = this.#text;
    const piece = this.#piece;
    for (let i = 0; i < count; ) {
      let length = 1;
      while (i < count && !(classesOf(points[i]!) & SPACE)) piece[length++] = points[i++]!;
      if (length > 1) {
        piece[0] = BLANK;
        piece[length++] = BLANK;
        this.#addNgrams(piece, length, 2, 4);
      }
      i += 1;
    }
  }

  #wholeText(): void {
    const { points, count } = this.#text;
    const text = this.#piece;
    let length = 0;
    for (let i = 0; i < count; i++) {
      if (!(classesOf(points[i]!) & SPACE)) text[length++] = points[i]!;
      else if (i === 0 || !(classesOf(points[i - 1]!) & SPACE)) text[length++] = BLANK;
    }
    this.#addNgrams(text, length, 1, 3);
  }

  #addNgrams(points: Int32Array, length: number, shortest: number, longest: number): void {
    const { first, second } = this;
    let found = this.count;
    for (let start = 0; start < length; start++) {
      let hash0: number = CHARACTERS[0];
      let hash1: number = CHARACTERS[1];
      const end = Math.min(length, start + longest);
      for (let i = start; i < end; i++) {
        hash0 = mixIds(hash0, points[i]!);
        hash1 = mixIds(hash1, points[i]!);
        if (i - start + 1 < shortest) continue;
        first[found] = hash0;
        second[found++] = hash1;
      }
    }
    this.count = found;
  }
}

/** Some of the same n-grams as texts, by their places in the scanner's order. */
export function ngramTexts(
  text: string,
  cjk: boolean,
  places: ReadonlySet<number>,
): Map<number, string> {
  const found = new Map<number, string>();
  const lower = text.toLowerCase();
  if (cjk) {
    findCharacters([lower.replace(/\s+/gu, " ")], [1, 3], 0, places, found);
    return found;
  }
  let place = 0;
  const add = (ngram: string) => {
    if (places.has(place)) found.set(place, ngram);
    place += 1;
  };
  let before: string | undefined;
  for (const [word] of lower.matchAll(/[\p{L}\p{N}_]{2,}/gu)) {
    add(word);
    if (before !== undefined) add(`${before} ${word}`);
    before = word;
  }
  const pieces = lower.split(/\s+/u).filter((piece) => piece !== "");
  const padded = pieces.map((piece) => ` ${piece} `);
  findCharacters(padded, [2, 4], place, places, found);
  return found;
}

/** Runs of code points of the pieces, numbered from `place` on. */
function findCharacters(
  pieces: readonly string[],
  [shortest, longest]: readonly [number, number],
  place: number,
  places: ReadonlySet<number>,
  found: Map<number, string>,
): void {
  let at = place;
  for (const piece of pieces) {
    const points = Array.from(piece);
    for (let start = 0; start < points.length; start++) {
      for (let size = shortest; size <= longest && start + size <= points.length; size++) {
        if (places.has(at)) found.set(at, points.slice(start, start + size).join(""));
        at += 1;
      }
    }
  }
}
