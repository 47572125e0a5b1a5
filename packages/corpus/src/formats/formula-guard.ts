/** What a spreadsheet interprets as the start of a formula, after any number of guards. */
const FORMULA_LIKE = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

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
