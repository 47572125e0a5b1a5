import { FREQUENT_CHARACTERS } from "./frequent-characters.js";

const NON_ASCII = /[^\0-\x7f]/u;
const LATIN = /\p{Script=Latin}/u;
const ALPHABET =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Thai}]/u;
/** Cyrillic letters that Russian, Ukrainian, Belarusian and Bulgarian do without. */
const RARE_CYRILLIC = /(?![а-яёіїєґўА-ЯЁІЇЄҐЎ])\p{Script=Cyrillic}/u;
const IDEOGRAPH = /[\u4e00-\u9fff\uac00-\ud7a3]/u;
const KANA = /[\u3041-\u30ff\u3001\u3002]/u;
const WIDE_PUNCTUATION = /[\u3000-\u3020\uff01-\uff5e\u00b7\u2014\u2018\u2019\u201c\u201d\u2026]/u;
const WESTERN_SIGN =
  /[\u00a0\u00a3\u00a7\u00a9\u00ab\u00b0\u00b4\u00bb\u00ae\u20ac\u2013\u2014\u2018-\u201e\u2022\u2026\u2122]/u;
const OPENING_SIGN = /[\u00a1\u00bf]/u;
const NOTHING = /[\p{Cc}\p{Co}\p{Cn}\ufffd]/u;

/**
 * How much a text looks like one that people write, from 0 to 1: the mean over its characters
 * beyond ASCII. A wrong encoding gives rare ideographs, letters of foreign scripts inside words,
 * signs between letters and capitals at the ends of words. Null for ASCII alone.
 */
export function plausibility(text: string): number | null {
  const characters = [...text];
  let sum = 0;
  let seen = 0;
  characters.forEach((character, i) => {
    if (!NON_ASCII.test(character)) return;
    seen += 1;
    sum += plausible(character, characters[i - 1] ?? " ", characters[i + 1] ?? " ");
  });
  return seen === 0 ? null : sum / seen;
}

function plausible(character: string, before: string, after: string): number {
  if (NOTHING.test(character)) return 0;
  if (FREQUENT_CHARACTERS.has(character)) return 1;
  if (KANA.test(character)) return 0.9;
  if (IDEOGRAPH.test(character)) return 0.35;
  if (ALPHABET.test(character)) return ofAlphabet(character, before, after);
  if (LATIN.test(character)) return ofLatin(character, before, after);
  const inWord = isLetter(before) && isLetter(after);
  if (OPENING_SIGN.test(character)) return isLetter(before) ? 0 : 0.8;
  if (WESTERN_SIGN.test(character)) return inWord && character !== "\u2019" ? 0.2 : 0.8;
  if (WIDE_PUNCTUATION.test(character)) return 0.8;
  return inWord ? 0 : 0.2;
}

/** Western words have few letters beyond ASCII; a run of them is another script read wrongly. */
function ofLatin(character: string, before: string, after: string): number {
  if (isLower(before) && isUpper(character)) return 0.1;
  const beside = [before, after].filter((other) => /[a-z]/i.test(other)).length;
  if (beside > 0) return 0.9;
  return isLetter(before) || isLetter(after) ? 0.3 : 0.5;
}

/** A word of another alphabet has no ASCII letter in it, and no capital after a small letter. */
function ofAlphabet(character: string, before: string, after: string): number {
  if (/[a-z]/i.test(before) || /[a-z]/i.test(after)) return 0.1;
  if (isUpper(character) && isLetter(before)) {
    return isLower(before) || isLower(after) ? 0.1 : 0.5;
  }
  if (!ALPHABET.test(before) && !ALPHABET.test(after)) return 0.4;
  return RARE_CYRILLIC.test(character) ? 0.3 : 0.85;
}

const isLetter = (character: string) => /\p{L}/u.test(character);
const isLower = (character: string) => /\p{Ll}/u.test(character);
const isUpper = (character: string) => /\p{Lu}/u.test(character);
