/** What a spreadsheet takes for the start of a formula, behind any number of guards. */
const FORMULA_LIKE = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/** Puts "'" before a cell that a spreadsheet would run as a formula, and before cells that look guarded. */
export function guardFormula(cell: string): string {
  return FORMULA_LIKE.test(cell) ? `'${cell}` : cell;
}

/** Takes back what `guardFormula` did; other cells stay. */
export function unguardFormula(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}
