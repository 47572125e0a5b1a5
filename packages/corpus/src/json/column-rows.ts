import { Buffer, isUtf8 } from "node:buffer";
import { CorpusError } from "../errors.js";
import { parseJson } from "../formats/parse-json.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RowSink } from "../rows/raw-row.js";
import type { ColumnStore } from "./column-store.js";
import type { OpenRows, RowTaker } from "./row-taker.js";

const ROWS_PER_STEP = 1000;

/**
 * Turns columns into rows: those of lists by position, those of objects by id, in the order of the
 * first column. Throws CorpusError "bad-json" for columns of different lengths.
 */
export function* columnRows(
  columns: readonly ColumnStore[],
  format: DatasetFormat,
  openRows: OpenRows,
  sink: RowSink,
): Generator<void> {
  const rows = openRows(format);
  const ids = idsOf(columns);
  checkLengths(columns, ids);
  const length = ids?.length ?? columns[0]?.length ?? 0;
  const textName = String(format.textColumn ?? "text");
  const text = columns.find(({ name }) => name === textName) ?? columns[0];
  // A range counts the rows and is no id.
  const areIds = ids?.some((id, i) => id !== String(i)) ?? false;
  for (let position = 0; position < length; position += 1) {
    const id = ids?.[position] ?? null;
    const placeIn = (column: ColumnStore) => (id === null ? position : column.find(id, position));
    const cells = columns.flatMap((column): [string, Buffer][] => {
      const bytes = column.at(placeIn(column));
      return bytes ? [[column.name, bytes]] : [];
    });
    const line = text ? text.line(placeIn(text)) : 1;
    takeRow(rows, cells, line, areIds ? sinkWithId(sink, id) : sink);
    if (position % ROWS_PER_STEP === 0) yield;
  }
  rows.finish(sink);
}

function takeRow(
  rows: RowTaker,
  cells: readonly (readonly [name: string, bytes: Buffer])[],
  line: number,
  sink: RowSink,
): void {
  const broken = cells.find(([, bytes]) => bytes.length === 0 || !isUtf8(bytes));
  if (broken) {
    const [name, bytes] = broken;
    const isTooLong = bytes.length === 0;
    const detail = isTooLong ? "is longer than the limit of a line" : "does not decode";
    sink.reject(line, isTooLong ? "too-long" : "bad-utf8", `${JSON.stringify(name)} ${detail}`, "");
    return;
  }
  try {
    const parsed = cells.map(([name, bytes]) => [name, parseJson(bytes.toString("utf8"))] as const);
    const object = Object.fromEntries(parsed.map(([name, { value }]) => [name, value]));
    const members = () => new Map(parsed.map(([name, { text }]) => [name, text]));
    rows.take({ object, line, text: null, members }, sink);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const raw = Buffer.concat(cells.map(([, bytes]) => bytes)).toString("utf8");
    const detail = error.message.slice(0, 200).toWellFormed();
    sink.reject(line, "bad-json", detail, raw.replaceAll("\0", "\u2400"));
  }
}

/** Every id of the columns, those of the first column first; null for lists. */
function idsOf(columns: readonly ColumnStore[]): readonly string[] | null {
  const [first] = columns;
  if (!first || first.isList) return null;
  if (columns.every((column) => column.keys === first.keys && column.length === first.length)) {
    return first.keys;
  }
  return [...new Set(columns.flatMap(({ keys, length }) => keys.slice(0, length)))];
}

function checkLengths(columns: readonly ColumnStore[], ids: readonly string[] | null): void {
  const [first, ...others] = columns;
  const odd = others.find(({ length, isList }) => (ids ? isList : length !== first!.length));
  if (!odd) return;
  throw new CorpusError(
    "bad-json",
    ids
      ? `The columns of the JSON document are objects by id, but ${JSON.stringify(odd.name)} is a list.`
      : `The columns of the JSON document have different lengths: ${JSON.stringify(first!.name)} has ${first!.length} values, ${JSON.stringify(odd.name)} has ${odd.length}.`,
  );
}

const sinkWithId = (sink: RowSink, id: string | null): RowSink => ({
  columns: (columns) => sink.columns(columns),
  row: (row) => sink.row(row.id === null ? { ...row, id } : row),
  reject: (line, reason, detail, raw) => sink.reject(line, reason, detail, raw),
});
