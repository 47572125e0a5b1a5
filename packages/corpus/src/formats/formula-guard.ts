/**
 * What a spreadsheet may take for the start of a formula, after any number of guards: the signs
 * themselves, those of full width, and tab, return and line feed, which it skips.
 */
const FORMULA_LIKE = /^'*[=+\-@\t\r\n＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/**
 * Prefixes "'" to a cell that a spreadsheet would run as a formula, and to cells that look guarded.
 */
export function guardFormula(cell: string): string {
  return FORMULA_LIKE.test(cell) ? `'${cell}` : cell;
}

/** Undoes `guardFormula`; other cells are unchanged. */
export function unguardFormula(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}
