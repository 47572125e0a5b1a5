/** What the cells of a column look like. Shares are of the cells that are not blank. */
export interface ColumnFacts {
  readonly cells: number;
  /** Of all cells. */
  readonly blankShare: number;
  readonly distinct: number;
  /** In characters; an ideograph counts as two and a half. */
  readonly meanLength: number;
  /** Cells that hold several words. */
  readonly wordyShare: number;
  /** Whole numbers, and numbers with a fraction. */
  readonly integerShare: number;
  readonly fractionShare: number;
  /** Addresses, dates, hashes and other ids. */
  readonly codeShare: number;
  /** Whether the cells count up by one. */
  readonly counts: boolean;
}

const INTEGER = /^[-+]?\d+$/;
const FRACTION = /^[-+]?\d*[.,]\d+(e[-+]?\d+)?$/i;
/** Any of these alone makes a cell a code. */
const CODES = [
  /^(https?:\/\/|www\.)\S+$/i,
  /^[\w.+-]+@[\w-]+\.[\w.]+$/,
  /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}\S*)?$/,
  /^\w{3} \w{3} \d{1,2} \d{2}:\d{2}:\d{2}( \S+)? \d{4}$/,
  /^\d{1,2}:\d{2}(:\d{2})?$/,
  /^\d{9,}$/,
  /^(?=.*\d)[0-9a-f]{8,}(-[0-9a-f]{4,})*$/i,
  /^(?=.*\d)(?=.*[A-Z])[A-Z0-9]{6,}$/,
  // A file's name with a number in it. One `\S+` alone: with more, a long cell would take its length cubed.
  /^(?=\D*\d)\S+\.[a-z]{2,4}$/i,
];
const WORDS = /\p{L}[\p{P}]*\s+[\p{P}]*[\p{L}\p{N}]/u;
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

export function factsOf(column: readonly string[]): ColumnFacts {
  const cells = column.map((cell) => cell.trim()).filter((cell) => cell !== "");
  const share = (fits: (cell: string) => boolean) =>
    cells.length === 0 ? 0 : cells.filter(fits).length / cells.length;
  const widths = cells.map((cell) => cell.length + 1.5 * (cell.match(IDEOGRAPHS)?.length ?? 0));
  return {
    cells: cells.length,
    blankShare: column.length === 0 ? 1 : 1 - cells.length / column.length,
    distinct: new Set(cells).size,
    meanLength: widths.reduce((sum, width) => sum + width, 0) / Math.max(1, cells.length),
    wordyShare: share((cell) => WORDS.test(cell) || (cell.match(IDEOGRAPHS)?.length ?? 0) > 5),
    integerShare: share((cell) => INTEGER.test(cell)),
    fractionShare: share((cell) => FRACTION.test(cell)),
    codeShare: share((cell) => CODES.some((code) => code.test(cell))),
    counts: countsUp(cells),
  };
}

function countsUp(cells: readonly string[]): boolean {
  if (cells.length < 2 || !cells.every((cell) => /^\d{1,12}$/.test(cell))) return false;
  const numbers = cells.map(Number);
  const steps = numbers.slice(1).filter((number, i) => number === numbers[i]! + 1);
  // Rows from elsewhere in the file leave a gap now and then.
  return steps.length >= 0.9 * (numbers.length - 1) && steps.length > 0;
}
