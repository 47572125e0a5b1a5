import { isUtf8 } from "node:buffer";
import { isObject, type ParsedJson, parseJson } from "../formats/parse-json.js";
import type { RowFault } from "../formats/row-reader.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import { excerptOf } from "../rows/excerpt.js";
import { jsonItems, jsonMembers } from "../rows/json-members.js";
import type { RowSink } from "../rows/raw-row.js";
import type { RejectReason } from "../rows/samples.js";
import { type TaskReader, taskReaderFor } from "./label-studio.js";
import type { OpenRows, RowTaker } from "./row-taker.js";
import type { TakenValue } from "./scanner.js";

/** A row's object, and its values as they stand in the file. */
interface RowObject {
  object: object;
  isList: boolean;
  members: () => ReadonlyMap<string, string>;
}

/** Turns the elements of a list, or the members of an object, into rows. */
export class ElementRows {
  readonly #format: DatasetFormat;
  readonly #openRows: OpenRows;
  readonly #sink: RowSink;
  #names: readonly string[] | null;
  #rows: RowTaker | null = null;
  #tasks: TaskReader | null = null;
  #count = 0;

  /** `names` are those of rows that are lists. */
  constructor(
    format: DatasetFormat,
    openRows: OpenRows,
    names: readonly string[] | null,
    sink: RowSink,
  ) {
    this.#format = format;
    this.#openRows = openRows;
    this.#names = names;
    this.#sink = sink;
  }

  get count(): number {
    return this.#count;
  }

  /** `id` is the row's id if it has no other. */
  take(value: TakenValue, id: string | null): void {
    this.#count += 1;
    const { line } = value.place;
    const text = value.bytes.toString("utf8");
    const row = this.#rowOf(value, text);
    if (row === null) return;
    if ("reason" in row) {
      this.#reject(line, row.reason, row.detail, text);
      return;
    }
    this.#rows ??= this.#rowsFor(row);
    const object = this.#tasks?.row(row.object) ?? row.object;
    this.#rows.take({ object, line, text, members: row.members }, this.#sinkWith(id));
  }

  /** Throws CorpusError "column-not-found" for a column that no row had. */
  finish(): void {
    this.#rows?.finish(this.#sink);
  }

  /** The row, or why it is none; null for a header. */
  #rowOf({ bytes, isTooLong }: TakenValue, text: string): RowObject | RowFault | null {
    if (isTooLong) return { reason: "too-long", detail: "longer than the limit of a line" };
    if (!isUtf8(bytes)) return { reason: "bad-utf8", detail: "its bytes do not decode" };
    const parsed = tryParse(text);
    if (parsed instanceof SyntaxError) {
      return { reason: "bad-json", detail: parsed.message.slice(0, 200).toWellFormed() };
    }
    const { value } = parsed;
    if (isObject(value)) {
      const members = once(() => jsonMembers(parsed.text));
      return { object: value, isList: false, members };
    }
    if (Array.isArray(value)) return this.#listOf(value, parsed.text);
    const found = value === null ? "null" : `a ${typeof value}`;
    return { reason: "bad-json", detail: `${found}, not an object` };
  }

  #listOf(list: readonly unknown[], text: string): RowObject | RowFault | null {
    if (!this.#names && this.#format.header === true) {
      this.#names = list.map(String);
      return null;
    }
    const names = this.#names ?? list.map((_, i) => String(i));
    if (names.length !== list.length) {
      const detail = `expected ${names.length} values, found ${list.length}`;
      return { reason: "field-count", detail };
    }
    return {
      object: Object.fromEntries(names.map((name, i) => [name, list[i]])),
      isList: true,
      members: once(() => new Map(jsonItems(text).map((json, i) => [names[i]!, json]))),
    };
  }

  #rowsFor({ object, isList }: RowObject): RowTaker {
    const { textColumn = 0, labelColumn = 1 } = this.#format;
    const isUnnamed = isList && !this.#names;
    const format = isUnnamed ? { ...this.#format, textColumn, labelColumn } : this.#format;
    this.#tasks = taskReaderFor(object, format);
    return this.#openRows(this.#tasks?.format ?? format);
  }

  /** Passes rows on with their id, and rejects with the number of their element. */
  #sinkWith(id: string | null): RowSink {
    return {
      columns: (columns) => this.#sink.columns(columns),
      row: (row) => this.#sink.row(row.id === null && id !== null ? { ...row, id } : row),
      reject: (line, reason, detail, raw) => this.#reject(line, reason, detail, raw),
    };
  }

  #reject(line: number, reason: RejectReason, detail: string, raw: string): void {
    const excerpt = excerptOf(raw.toWellFormed().replaceAll("\0", "\u2400"));
    this.#sink.reject(line, reason, `${detail} (element ${this.#count})`, excerpt);
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function tryParse(text: string): ParsedJson | SyntaxError {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}
