import { fieldSyntax } from "../formats/delimited.js";
import type { FieldSyntax } from "../formats/field-scanner.js";
import { RecordAssembler, type RecordSink } from "../formats/record-assembler.js";
import type { DatasetFormat, GivenFormat } from "../options/dataset-format.js";

/** The cells of each record; null for one that cannot be read. */
export type Records = readonly (readonly string[] | null)[];

/** How the fields of a table are quoted, where it is not as RFC 4180 has it. */
export type Quoting = Pick<DatasetFormat, "quote" | "escape">;

/** A record cannot span more than a few of the lines looked at. */
const MAX_RECORD_BYTES = 64 * 1024;

/** So many lines of equal width are no accident. */
const MIN_EVEN_LINES = 3;

/** Reads lines as a table, in the quoting that fits them. */
export function readQuoted(
  lines: readonly string[],
  delimiter: string,
  { quote, escape: escapes }: GivenFormat,
): { records: Records; quoting: Quoting } {
  const read = (quoting: Quoting) => ({
    records: recordsOf(lines, fieldSyntax({ type: "delimited", delimiter, ...quoting })),
    quoting,
  });
  const usual = read({
    ...(quote === undefined ? {} : { quote }),
    ...(escapes === undefined ? {} : { escape: escapes }),
  });
  if (quote !== undefined || escapes !== undefined) return usual;
  if (lines.some((line) => line.includes('\\"'))) {
    const escaped = read({ escape: "backslash" });
    const isBetter = outerQuotes(escaped.records) < outerQuotes(usual.records);
    if (isBetter && evenness(escaped.records) >= evenness(usual.records)) return escaped;
  }
  if (lines.some((line) => line.includes('"'))) {
    const plain = read({ quote: "none" });
    if (joinsRows(usual.records, plain.records, delimiter)) return plain;
  }
  return usual;
}

/** The share of records with as many fields as most have. */
export function evenness(records: Records): number {
  const width = commonWidth(records);
  return records.filter((record) => record?.length === width).length / Math.max(1, records.length);
}

/** How many fields most records have. */
export function commonWidth(records: Records): number {
  const counts = new Map<number, number>();
  for (const record of records) {
    const width = record?.length ?? 0;
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}

function recordsOf(lines: readonly string[], syntax: FieldSyntax): Records {
  const records: (readonly string[] | null)[] = [];
  const sink: RecordSink = {
    record: (_line, _text, cells) => records.push(cells),
    fault: (_line, { reason }) => {
      if (reason !== "empty-line") records.push(null);
    },
  };
  const assembler = new RecordAssembler(syntax, MAX_RECORD_BYTES);
  assembler.push({ firstLine: 1, lines: [...lines], broken: null }, sink);
  assembler.finish(sink, false);
  return records;
}

/**
 * Whether quotes join lines each of which is a row by itself: in a file with quoted line breaks, the
 * lines after them have other widths, unless texts happen to have as many commas in each line. Then
 * most records have such a text, while single quotes of no meaning join few.
 */
function joinsRows(quoted: Records, plain: Records, delimiter: string): boolean {
  const joins =
    quoted.length < plain.length &&
    plain.length >= MIN_EVEN_LINES &&
    commonWidth(plain) > 1 &&
    evenness(plain) === 1;
  return joins && !(IN_PROSE.test(delimiter) && evenness(quoted) === 1 && areMostBroken(quoted));
}

/** Delimiters that texts have in any number; a tab is not among them. */
const IN_PROSE = /^[,;:. |]$/;

/** Whether most records, the first not counted, have a line break in a field. */
function areMostBroken([, ...records]: Records): boolean {
  const broken = records.filter((record) => record?.some((cell) => /[\r\n]/.test(cell)));
  return broken.length > records.length / 2;
}

/** Cells that begin and end with a quote, which reading them should have removed. */
function outerQuotes(records: Records): number {
  return records
    .flatMap((record) => record ?? [])
    .filter((cell) => cell.length > 1 && cell.startsWith('"') && cell.endsWith('"')).length;
}
