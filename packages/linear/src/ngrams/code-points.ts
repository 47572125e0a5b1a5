/** What a code point is, as bits that add up. */
export const LETTER = 1;
/** A letter, a digit or another number, or `_`: what words are made of. */
export const WORD = 2;
/** White space as `\s` means it. */
export const SPACE = 4;
/** A letter of Han, Hiragana or Katakana. */
export const CJK_LETTER = 8;
/** Letters that several scripts share, as ー: they say nothing about a text's script. */
export const SHARED_LETTER = 16;

const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;
// Classes are looked up page by page: the regular expressions see each code point once.
const pages: (Uint8Array | undefined)[] = new Array(0x110000 >> PAGE_BITS);

/** The classes of a code point. */
export function classesOf(codePoint: number): number {
  const page = pages[codePoint >> PAGE_BITS] ?? readPage(codePoint >> PAGE_BITS);
  return page[codePoint & (PAGE - 1)]!;
}

function readPage(number: number): Uint8Array {
  const page = new Uint8Array(PAGE);
  for (let i = 0; i < PAGE; i++) {
    const character = String.fromCodePoint(number * PAGE + i);
    let classes = 0;
    if (/\p{L}/u.test(character)) classes |= LETTER;
    if (/[\p{L}\p{N}_]/u.test(character)) classes |= WORD;
    if (/\s/u.test(character)) classes |= SPACE;
    if (classes & LETTER) {
      if (/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u.test(character)) classes |= CJK_LETTER;
      else if (/[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}]/u.test(character)) classes |= SHARED_LETTER;
    }
    page[i] = classes;
  }
  pages[number] = page;
  return page;
}

/** A text's code points; `points` is filled from the start if it has room, else replaced. */
export class CodePoints {
  points = new Int32Array(256);
  count = 0;

  read(text: string): void {
    if (this.points.length < text.length) this.points = new Int32Array(2 * text.length);
    const { points } = this;
    let count = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      let point = unit;
      if (unit >= 0xd800 && unit < 0xdc00) {
        const next = text.charCodeAt(i + 1);
        if (next >= 0xdc00 && next < 0xe000) {
          point = ((unit - 0xd800) << 10) + (next - 0xdc00) + 0x10000;
          i += 1;
        }
      }
      points[count++] = point;
    }
    this.count = count;
  }
}
