/** Zero-width characters, soft hyphens, marks of direction, variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const BLANKS = /[\s\u0085]+/g;

/** Letters whose case mapping does not lead to one lower-case letter. */
const FOLDED_LETTERS: readonly [RegExp, string][] = [
  [/ß/g, "ss"],
  [/ς/g, "σ"],
  [/ı|i\u0307/g, "i"],
];

/** Marks that a word processor replaces. */
const FOLDED_MARKS: readonly [RegExp, string][] = [
  [/[\p{Pd}\u2212]/gu, "-"],
  [/[‘’‚‛ʼ`´]/g, "'"],
  [/[“”„‟«»]/g, '"'],
];

/**
 * What class names have in common that nearly agree: they differ only in case, width, Unicode form,
 * invisible characters, blanks, kinds of dashes and quotes, or as "1" and "1.0" do. Differences in
 * letters, accents and separators remain.
 */
export function foldName(name: string): string {
  // The apostrophe ´ becomes a blank and an accent by NFKC.
  let folded = replaced(name, FOLDED_MARKS).normalize("NFKC").replace(INVISIBLE, "");
  folded = replaced(replaced(folded, FOLDED_MARKS).toLowerCase(), FOLDED_LETTERS).normalize("NFKC");
  return folded
    .replace(BLANKS, " ")
    .replace(/ ?\/ ?/g, "/")
    .trim()
    .replace(/^([-+]?\d+)\.0+$/, "$1");
}

function replaced(text: string, pairs: readonly [RegExp, string][]): string {
  return pairs.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}
