const SHOWN_LENGTH = 80;

const UNSEEN = /\p{Default_Ignorable_Code_Point}|\p{Cc}|(?! )\p{Z}|(?<= ) /gu;

/**
 * A class name in quotes for a message, with escapes for what a reader would not see: invisible
 * characters, blanks other than a single one, and the accents of a decomposed form.
 */
export function shownName(name: string): string {
  const cut = name.slice(0, SHOWN_LENGTH).toWellFormed();
  const seen = JSON.stringify(cut).replace(UNSEEN, escaped);
  return cut === cut.normalize("NFC") ? seen : seen.replace(/\p{M}/gu, escaped);
}

function escaped(character: string): string {
  const hex = character.codePointAt(0)!.toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}
