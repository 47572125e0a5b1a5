/** Values of one column by row, as far as they may divide rows into groups. */
export class ColumnValues {
  /** By row: a number of `#names`; -1: none, -2: too many different values. */
  readonly #ids: number[] = [];
  readonly #names = new Map<string, number>();
  readonly #amounts: number[] = [];
  #given = 0;
  #measured = 0;
  #dated = 0;

  /** Rows before the first value have none. */
  add(row: number, cell: string | null): void {
    while (this.#ids.length < row) this.#push(-1, Number.NaN);
    if (cell === null || cell.trim() === "") {
      this.#push(-1, Number.NaN);
      return;
    }
    const time = timeOf(cell);
    const amount = time ?? amountOf(cell);
    this.#given += 1;
    if (amount !== null) this.#measured += 1;
    if (time !== null) this.#dated += 1;
    this.#push(this.#idOf(cell), amount ?? Number.NaN);
  }

  /** Groups by value, or of amounts and times by quarter; null: the values divide nothing. */
  groups(rows: number, nameOf: (cell: string) => string | null): ValueGroups | null {
    while (this.#ids.length < rows) this.#push(-1, Number.NaN);
    const isDated = this.#dated >= MOSTLY * this.#given;
    const isMeasured = isDated || this.#measured >= MOSTLY * this.#given;
    if (this.#given === 0) return null;
    if (isMeasured && this.#names.size > FEW_VALUES) {
      return quarters(Float64Array.from(this.#amounts), isDated ? dayOf : String);
    }
    if (this.#names.size > MOST_VALUES || this.#names.size > this.#given / 2) return null;
    const names = [...this.#names.keys()].map((cell) => nameOf(cell));
    const of = Int32Array.from(this.#ids, (id) => (id >= 0 && names[id] !== null ? id : -1));
    return { groups: names.map((name) => name ?? ""), of };
  }

  #push(id: number, amount: number): void {
    this.#ids.push(id);
    this.#amounts.push(amount);
  }

  #idOf(cell: string): number {
    const known = this.#names.get(cell);
    if (known !== undefined) return known;
    if (this.#names.size > MOST_VALUES) return -2;
    this.#names.set(cell, this.#names.size);
    return this.#names.size - 1;
  }
}

export interface ValueGroups {
  readonly groups: readonly string[];
  /** By row (n): its group, or -1. */
  readonly of: Int32Array;
}

/** More values than these name rows instead of grouping them. */
const MOST_VALUES = 1_000;
/** So few different amounts are names: years, stars, pages. */
const FEW_VALUES = 12;
/** The share of a column's values that must be amounts. */
const MOSTLY = 0.95;
const PARTS = 4;

/** Four groups of about as many rows each, by amount; fewer where amounts repeat. */
export function quarters(
  amounts: Float64Array,
  nameOf: (amount: number) => string,
): ValueGroups | null {
  const sorted = amounts.filter((amount) => !Number.isNaN(amount)).sort();
  if (sorted.length === 0) return null;
  const starts = [sorted[0]!];
  for (let part = 1; part < PARTS; part++) {
    const start = sorted[Math.floor((part * sorted.length) / PARTS)]!;
    if (start > starts.at(-1)!) starts.push(start);
  }
  if (starts.length < 2) return null;
  const ends = starts.map((_, i) => lastBelow(sorted, starts[i + 1] ?? Number.POSITIVE_INFINITY));
  const groups = starts.map((start, i) =>
    start === ends[i] ? nameOf(start) : `${nameOf(start)} to ${nameOf(ends[i]!)}`,
  );
  const of = Int32Array.from(amounts, (amount) => {
    if (Number.isNaN(amount)) return -1;
    let group = starts.length - 1;
    while (amount < starts[group]!) group -= 1;
    return group;
  });
  return { groups, of };
}

function lastBelow(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1]!;
}

const TIME =
  /^"?(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?"?$/;

/** Milliseconds of a date that begins with its year; time zones are not told apart. */
function timeOf(cell: string): number | null {
  const parts = TIME.exec(cell.trim());
  if (parts === null) return null;
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (month! < 1 || month! > 12 || day! < 1 || day! > 31) return null;
  return Date.UTC(year!, month! - 1, day!, hour, minute, second);
}

function amountOf(cell: string): number | null {
  const text = cell.trim().replace(/^"(.*)"$/, "$1");
  if (!/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return null;
  const amount = Number(text);
  return Number.isFinite(amount) ? amount : null;
}

const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);
