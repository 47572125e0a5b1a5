import type { GivenFormat } from "../options/dataset-format.js";
import { guessRoles, type RolesGuess } from "./column-roles.js";
import { guessHeader, type HeaderGuess } from "./header.js";
import { commonWidth, type Quoting, readQuoted } from "./quoting.js";

/** The most usual first. */
const DELIMITERS = ["\t", ",", ";", "|", "||", "|||", "::", "\u0001"];

/** One way to read lines as a table. */
export interface TableGuess {
  readonly delimiter: string;
  readonly quoting: Quoting;
  readonly header: HeaderGuess;
  /** Cells of the header; null without one. */
  readonly names: readonly string[] | null;
  readonly width: number;
  /** The share of records with as many fields as most have. */
  readonly even: number;
  readonly roles: RolesGuess;
  readonly score: number;
}

/** Lines of a file: those of its start, and more from elsewhere in it. */
export interface SampledLines {
  readonly head: readonly string[];
  readonly far: readonly string[];
}

/** Every delimiter that splits most lines alike, best first. */
export function guessTables(lines: SampledLines, given: GivenFormat): TableGuess[] {
  const delimiters = given.delimiter === undefined ? DELIMITERS : [given.delimiter];
  const tables = delimiters.flatMap((delimiter) => tableOf(lines, delimiter, given) ?? []);
  return tables
    .filter((table) => !tables.some((longer) => isPartOf(table, longer)))
    .sort((a, b) => b.score - a.score);
}

function tableOf(lines: SampledLines, delimiter: string, given: GivenFormat): TableGuess | null {
  if (!lines.head.some((line) => line.includes(delimiter))) return null;
  const { records, quoting } = readQuoted(lines.head, delimiter, given);
  const width = commonWidth(records);
  if (width < 2) return null;
  const fits = (record: readonly string[] | null) => record?.length === width;
  const whole = records.filter((record) => record !== null).filter(fits);
  const even = whole.length / records.length;
  if (even < 0.3) return null;
  const first = records[0] ?? [];
  // A first record of another width is no header of these rows, nor one of them.
  if (!fits(first)) return null;
  const others = whole.slice(1);
  const far = readQuoted(lines.far, delimiter, { ...given, ...quoting })
    .records.filter((record) => record !== null)
    .filter(fits);
  const below = [...others, ...far];
  const header = givenHeader(given) ?? guessHeader(first, below);
  const names = header.header ? first : null;
  const roles = guessRoles(names, header.header ? below : [first, ...below], width, given);
  const score = even ** 2 * (0.5 + 0.25 * Math.min(2, roles.score));
  return { delimiter, quoting, header, names, width, even, roles, score };
}

/** A column that is given by a name needs a header. */
export function givenHeader({ header, ...given }: GivenFormat): HeaderGuess | null {
  if (header !== undefined) return { header, confidence: 1 };
  const columns = [given.textColumn, given.labelColumn, given.idColumn, given.trueLabelColumn];
  const named = columns.some((column) => typeof column === "string" && !/^\d+$/.test(column));
  return named ? { header: true, confidence: 1 } : null;
}

/** Lines that "|||" splits alike are split by "|" too, with blank columns between. */
const isPartOf = (table: TableGuess, longer: TableGuess): boolean =>
  longer.delimiter.length > table.delimiter.length &&
  longer.delimiter.startsWith(table.delimiter) &&
  longer.even >= table.even;
