import { RecordAssembler, type RecordSink } from "../formats/record-assembler.js";
import { guessRoles, type RolesGuess } from "./column-roles.js";
import { guessHeader, type HeaderGuess } from "./header.js";

/** The most usual first. */
const DELIMITERS = ["\t", ",", ";", "|", "||", "|||", "::", "\u0001"];

/** A record cannot span more than a few of the lines looked at. */
const MAX_RECORD_BYTES = 64 * 1024;

/** One way to read lines as a table. */
export interface TableGuess {
  readonly delimiter: string;
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
export function guessTables(lines: SampledLines): TableGuess[] {
  const tables = DELIMITERS.flatMap((delimiter) => tableOf(lines, delimiter) ?? []);
  return tables
    .filter((table) => !tables.some((longer) => isPartOf(table, longer)))
    .sort((a, b) => b.score - a.score);
}

function tableOf(lines: SampledLines, delimiter: string): TableGuess | null {
  if (!lines.head.some((line) => line.includes(delimiter))) return null;
  const records = recordsOf(lines.head, delimiter);
  const width = mostFrequent(records.map((record) => record?.length ?? 0));
  if (width < 2) return null;
  const fits = (record: readonly string[] | null) => record?.length === width;
  const whole = records.filter((record) => record !== null).filter(fits);
  const even = whole.length / records.length;
  if (even < 0.3) return null;
  const first = records[0] ?? [];
  // A first record of another width is no header of these rows, nor one of them.
  if (!fits(first)) return null;
  const others = whole.slice(1);
  const far = recordsOf(lines.far, delimiter)
    .filter((record) => record !== null)
    .filter(fits);
  const below = [...others, ...far];
  const header = guessHeader(first, below);
  const names = header.header ? first : null;
  const roles = guessRoles(names, header.header ? below : [first, ...below], width);
  const score = even ** 2 * (0.5 + 0.25 * Math.min(2, roles.score));
  return { delimiter, header, names, width, even, roles, score };
}

/** The cells of each record that is not blank; null for one that cannot be read. */
function recordsOf(lines: readonly string[], delimiter: string): (readonly string[] | null)[] {
  const records: (readonly string[] | null)[] = [];
  const sink: RecordSink = {
    record: (_line, _text, cells) => records.push(cells),
    fault: (_line, { reason }) => {
      if (reason !== "empty-line") records.push(null);
    },
  };
  const assembler = new RecordAssembler(
    { delimiter, quotes: true, backslash: false },
    MAX_RECORD_BYTES,
  );
  assembler.push({ firstLine: 1, lines: [...lines], broken: null }, sink);
  assembler.finish(sink, false);
  return records;
}

/** Lines that "|||" splits alike are split by "|" too, with blank columns between. */
const isPartOf = (table: TableGuess, longer: TableGuess): boolean =>
  longer.delimiter.length > table.delimiter.length &&
  longer.delimiter.startsWith(table.delimiter) &&
  longer.even >= table.even;

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}
