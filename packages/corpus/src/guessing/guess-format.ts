import { namedDelimiter } from "../formats/separator-line.js";
import type { DatasetFormat, GivenFormat } from "../options/dataset-format.js";
import { type ColumnRoles, guessRoles, type RolesGuess } from "./column-roles.js";
import { givenHeader, guessTables, type SampledLines, type TableGuess } from "./delimiters.js";
import { guessHeader } from "./header.js";
import { isJsonDocument, objectOf, tableOfObjects } from "./json-objects.js";

/** Another reading of the same lines, and what speaks for it. */
export interface FormatAlternative {
  format: DatasetFormat;
  reason: string;
}

/** What the first lines of a file look like. */
export interface FormatGuess {
  /** Null if nothing fits. */
  format: DatasetFormat | null;
  /** Columns of csv, tsv, delimited (names, or indexes without a header) and jsonl (dotted paths). */
  columns: string[] | null;
  /** How likely the format reads the file as it is meant, from 0 to 1. */
  confidence: number;
  /** The likeliest first. */
  alternatives: FormatAlternative[];
  /** Whether the lines are parts of one JSON document, which only its own reader understands. */
  isDocument?: boolean;
  /** Why nothing fits, where that is known. */
  problem?: string;
}

/** A guess below this is shown, but no file is read with it unasked. */
export const SURE_ENOUGH = 0.5;

const FASTTEXT_LABEL = /^\s*__label__\S|\s__label__\S+\s*$/;

const NOTHING: FormatGuess = { format: null, columns: null, confidence: 0, alternatives: [] };

/** Guesses the format of a text file, and which columns hold what; what is given is kept. */
export function guessFormat(lines: SampledLines, given: GivenFormat = {}): FormatGuess {
  const head = lines.head.filter((line) => line.trim() !== "");
  const far = lines.far.filter((line) => line.trim() !== "");
  if (head.length === 0) return NOTHING;
  const share = (fits: (line: string) => boolean) => head.filter(fits).length / head.length;
  const multilevel = share((line) => line.split("|,|").length === 5);
  if (multilevel > 0.5) return known({ type: "toutiao-multilevel" }, multilevel);
  const toutiao = share((line) => [2, 5].includes(line.split("_!_").length));
  if (toutiao > 0.5) return known({ type: "toutiao" }, toutiao);
  const fastText = share((line) => FASTTEXT_LABEL.test(line));
  if (fastText > 0.5) return known({ type: "fasttext" }, fastText);
  const jsonl = share((line) => objectOf(line) !== null);
  if (jsonl > 0.5) return guessJsonl([...head, ...far], jsonl, given);
  return guessDocument(head) ?? guessDelimited({ head, far }, given);
}

const known = (format: DatasetFormat, share: number): FormatGuess => ({
  ...NOTHING,
  format,
  confidence: 0.5 + share / 2,
});

function guessJsonl(lines: readonly string[], share: number, given: GivenFormat): FormatGuess {
  const objects = lines.map(objectOf).filter((object) => object !== null);
  const guess = guessTable({ type: "jsonl" }, objects, given);
  return { ...guess, confidence: guess.confidence * (0.5 + share / 2) };
}

/** Which columns of objects hold what. */
export function guessTable(
  format: DatasetFormat,
  objects: readonly object[],
  given: GivenFormat,
): FormatGuess {
  const { columns, records } = tableOfObjects(objects);
  const roles = guessRoles(columns, records, columns.length, given);
  return {
    format: { ...format, ...columnsOf(roles, columns), ...listsOf(roles) },
    columns: [...columns],
    confidence: roles.confidence,
    alternatives: otherRoles(format, roles, columns),
  };
}

/** Which columns of a table hold what, and whether its first record names them. */
export function guessRecords(
  format: DatasetFormat,
  records: readonly (readonly string[])[],
  given: GivenFormat,
): FormatGuess {
  const [first = [], ...others] = records;
  const { header, confidence } = givenHeader(given) ?? guessHeader(first, others);
  const names = header ? first : null;
  const roles = guessRoles(names, header ? others : records, first.length, given);
  const whole = { ...format, ...(header ? {} : { header }) };
  return {
    format: { ...whole, ...columnsOf(roles, names), ...listsOf(roles) },
    columns: first.map((name, i) => (names ? name : String(i))),
    confidence: confidence * roles.confidence,
    alternatives: otherRoles(whole, roles, names),
  };
}

function guessDocument(lines: readonly string[]): FormatGuess | null {
  if (!isJsonDocument(lines.slice(0, 3).join("\n"))) return null;
  return { ...NOTHING, isDocument: true, problem: "The file looks like one JSON document." };
}

function guessDelimited(lines: SampledLines, given: GivenFormat): FormatGuess {
  const sep = namedDelimiter(lines.head[0] ?? "");
  const rows = sep === null ? lines : { ...lines, head: lines.head.slice(1) };
  const tables = guessTables(rows, given);
  const best = tables.find(({ delimiter }) => delimiter === sep) ?? tables[0];
  if (!best) return NOTHING;
  const format = formatOf(best);
  const columns = best.names ?? Array.from({ length: best.width }, (_, i) => String(i));
  const rival = tables.find((table) => table !== best);
  const lead = rival ? 1 - rival.score / best.score : 1;
  const isNamed = best.delimiter === sep || best.delimiter === given.delimiter;
  const clear = isNamed ? 1 : Math.min(1, 0.6 + 2 * lead);
  return {
    format: { ...format, ...columnsOf(best.roles, best.names), ...listsOf(best.roles) },
    columns: [...columns],
    confidence: clear * best.even * best.header.confidence * best.roles.confidence,
    alternatives: [
      ...otherRoles(format, best.roles, best.names),
      ...otherHeader(best),
      ...otherDelimiters(tables, best),
    ].slice(0, 5),
  };
}

const listsOf = ({ labelLists }: RolesGuess): Partial<DatasetFormat> =>
  labelLists ? { labelLists } : {};

function formatOf({ delimiter, header, quoting }: TableGuess): DatasetFormat {
  const type = delimiter === "," ? "csv" : delimiter === "\t" ? "tsv" : "delimited";
  return {
    type,
    ...(type === "delimited" ? { delimiter } : {}),
    ...quoting,
    ...(header.header ? {} : { header: false }),
  };
}

/** By name; by index without names, for a column without one, and for one of two of the same name. */
function columnsOf(roles: ColumnRoles, names: readonly string[] | null): Partial<DatasetFormat> {
  const column = (i: number) => {
    const name = names?.[i] ?? "";
    return name.trim() === "" || names?.indexOf(name) !== i ? i : name;
  };
  const { text, label, id, trueLabel } = roles;
  return {
    ...(text >= 0 ? { textColumn: column(text) } : {}),
    ...(label >= 0 ? { labelColumn: column(label) } : {}),
    ...(id >= 0 ? { idColumn: column(id) } : {}),
    ...(trueLabel >= 0 ? { trueLabelColumn: column(trueLabel) } : {}),
  };
}

function otherRoles(
  format: DatasetFormat,
  { text, label, id, trueLabel, others }: ReturnType<typeof guessRoles>,
  names: readonly string[] | null,
): FormatAlternative[] {
  const name = (i: number) => JSON.stringify(names?.[i] || i);
  return others.map((other) => ({
    format: { ...format, ...columnsOf({ id, trueLabel, ...other }, names) },
    reason:
      other.text === label && other.label === text
        ? "text and label may be swapped"
        : other.text === text
          ? `the label may be in ${name(other.label)}`
          : other.label === label
            ? `the text may be in ${name(other.text)}`
            : `text and label may be in ${name(other.text)} and ${name(other.label)}`,
  }));
}

function otherHeader(table: TableGuess): FormatAlternative[] {
  if (table.header.confidence > 0.9) return [];
  const { header } = table.header;
  const roles = columnsOf(table.roles, null);
  const format = formatOf({ ...table, header: { ...table.header, header: !header } });
  const reason = header ? "the first row may be data" : "the first row may name the columns";
  return [{ format: { ...format, ...roles }, reason }];
}

function otherDelimiters(tables: readonly TableGuess[], best: TableGuess): FormatAlternative[] {
  return tables
    .filter((table) => table !== best && table.score > 0.6 * best.score)
    .map((table) => ({
      format: { ...formatOf(table), ...columnsOf(table.roles, table.names) },
      reason: `${JSON.stringify(table.delimiter)} also splits ${Math.round(100 * table.even)} % of the lines alike`,
    }));
}
