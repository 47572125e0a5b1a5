import { CJK_LETTER, CodePoints, classesOf, LETTER, SHARED_LETTER } from "./code-points.js";

/** The texts of a data set, read by row as often as it takes. */
export interface Texts {
  readonly count: number;
  text(row: number): string;
}

/** Texts in memory. */
export function textsOf(texts: readonly string[]): Texts {
  return { count: texts.length, text: (row) => texts[row]! };
}

/** Counts letters by script, to decide once for a whole data set how its texts are taken apart. */
export class ScriptCounts {
  letters = 0;
  cjkLetters = 0;
  readonly #codePoints = new CodePoints();

  add(text: string): void {
    const codePoints = this.#codePoints;
    codePoints.read(text);
    for (let i = 0; i < codePoints.count; i++) {
      const classes = classesOf(codePoints.points[i]!);
      if (!(classes & LETTER) || classes & SHARED_LETTER) continue;
      this.letters += 1;
      if (classes & CJK_LETTER) this.cjkLetters += 1;
    }
  }

  /** Whether more than half of the letters are Han, Hiragana or Katakana. */
  get cjk(): boolean {
    return 2 * this.cjkLetters > this.letters;
  }
}
