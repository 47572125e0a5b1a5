import type { ColumnChoice } from "../options/column-choice.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { Column, DatasetFormat } from "../options/dataset-format.js";
import type { Cells, ColumnRole, FileColumn } from "../rows/file-column.js";
import type { LabelValue, RowSink } from "../rows/raw-row.js";
import { WrittenNumber } from "../rows/written-number.js";
import { jsonOfValue } from "./json-value.js";
import { type DeclaredColumn, type JsonMembers, ObjectColumns } from "./object-columns.js";
import { textOrBytes } from "./text-or-bytes.js";

/**
 * After this many objects without a column, the column counts as missing, not as a gap in some
 * rows.
 */
const ROWS_BEFORE_MISSING = 1000;

/** A value of a row that its column cannot hold. */
interface Fault {
  reason: "missing-field" | "nul-character" | "bad-utf8" | "wrong-type";
  detail: string;
}

/**
 * Turns objects into rows, for jsonl and parquet. Columns are dotted paths; labels may be lists.
 */
export class ObjectRows {
  readonly #text: ColumnPath;
  /** null where annotators label the rows. */
  readonly #label: ColumnPath | null;
  readonly #annotators: readonly ColumnPath[];
  readonly #id: ColumnPath | null;
  readonly #trueLabel: ColumnPath | null;
  readonly #columns: ObjectColumns | null;
  #announced = 0;
  #objects = 0;
  #firstKeys: readonly string[] = [];

  /** `declared` are the columns of which the file says what they hold, by name. */
  constructor(
    format: DatasetFormat,
    choice: ColumnChoice,
    declared: ReadonlyMap<string, DeclaredColumn> = new Map(),
  ) {
    const optional = (column: Column | undefined) =>
      column === undefined ? null : new ColumnPath(column);
    this.#text = new ColumnPath(format.textColumn ?? "text");
    this.#annotators = (format.annotatorColumns ?? []).map((column) => new ColumnPath(column));
    this.#label =
      this.#annotators.length > 0 ? null : new ColumnPath(format.labelColumn ?? "label");
    this.#id = optional(format.idColumn);
    this.#trueLabel = optional(format.trueLabelColumn);
    this.#columns = choice.none
      ? null
      : new ObjectColumns(choice, this.#roles(), this.#labelPath(), declared);
  }

  /** The paths that rows are read from. */
  columns(): string[] {
    return this.#paths().map(({ name }) => name);
  }

  /**
   * Passes a row on. `raw` is its text in the file, if it has one; `members` are the object's values
   * as they stand there, if they are to be kept otherwise than the object has them.
   */
  take(
    object: object,
    line: number,
    raw: string | null,
    sink: RowSink,
    members: () => JsonMembers = () => membersOf(object),
  ): void {
    if (this.#objects === 0) this.#firstKeys = Object.keys(object).slice(0, 100);
    this.#objects += 1;
    const text = textOf(this.#text.read(object), this.#text.name);
    const label = this.#label ? labelOf(this.#label.read(object), this.#label.name) : "";
    const votes = this.#annotators.map((path) => labelOf(path.read(object) ?? null, path.name));
    const badVote = votes.find(isFault);
    const id = this.#id ? idOf(this.#id.read(object), this.#id.name) : null;
    const trueLabel = this.#trueLabel
      ? labelOf(this.#trueLabel.read(object) ?? null, this.#trueLabel.name)
      : null;
    // An annotator may begin late.
    if (this.#objects === ROWS_BEFORE_MISSING) this.#check(this.#rolePaths());
    const excerpt = raw ?? (typeof text === "string" ? text : "");
    if (isFault(text)) sink.reject(line, text.reason, text.detail, excerpt);
    else if (isFault(label)) sink.reject(line, label.reason, label.detail, excerpt);
    else if (badVote) sink.reject(line, badVote.reason, badVote.detail, excerpt);
    else if (isFault(id)) sink.reject(line, id.reason, id.detail, excerpt);
    else if (isFault(trueLabel)) sink.reject(line, trueLabel.reason, trueLabel.detail, excerpt);
    else {
      const cells = this.#cellsOf(members, sink);
      const row = { line, id: id || null, text, label, trueLabel, raw: excerpt, cells };
      const usable = votes.flatMap((vote) => (isFault(vote) ? [] : [vote]));
      sink.row(this.#label ? row : { ...row, votes: usable });
    }
  }

  #cellsOf(members: () => JsonMembers, sink: RowSink): Cells | undefined {
    if (!this.#columns) return undefined;
    const cells = this.#columns.cellsOf(members());
    if (this.#columns.count > this.#announced) sink.columns(this.#columns.list());
    this.#announced = this.#columns.count;
    return cells;
  }

  /** Ends the reading: throws CorpusError "column-not-found" for a column that no object had. */
  finish(sink: RowSink): void {
    this.checkColumns();
    if (this.#objects === 0) return;
    this.#columns?.checkFound();
    sink.columns(this.#columns?.list() ?? this.#roleColumns());
  }

  /** Throws CorpusError "column-not-found" for a column that no object had. */
  checkColumns(): void {
    this.#check(this.#paths());
  }

  #check(paths: readonly ColumnPath[]): void {
    const missing = paths.find((path) => !path.found);
    if (!missing || this.#objects === 0) return;
    throw columnNotFound(
      missing.name,
      this.#firstKeys,
      "The first row has the keys",
      `No row has a value at ${JSON.stringify(missing.name)}.`,
    );
  }

  /** The keys that hold a part of the sample themselves. */
  #roles(): Map<string, ColumnRole> {
    const roles = new Map<string, ColumnRole>();
    const add = (path: ColumnPath | null, role: ColumnRole) => {
      if (path && !roles.has(path.name)) roles.set(path.name, role);
    };
    add(this.#text, "text");
    add(this.#label, "label");
    add(this.#trueLabel, "trueLabel");
    add(this.#id, "id");
    return roles;
  }

  #roleColumns(): FileColumn[] {
    return [...this.#roles()].map(([name, role]) => ({
      name,
      type: "text",
      encoding: "json",
      role,
    }));
  }

  #labelPath(): readonly string[] {
    return this.#label?.name.includes(".") ? this.#label.name.split(".") : [];
  }

  #paths(): ColumnPath[] {
    return [...this.#rolePaths(), ...this.#annotators];
  }

  #rolePaths(): ColumnPath[] {
    return [this.#text, this.#label, this.#id, this.#trueLabel].filter((path) => path !== null);
  }
}

/** A dotted path into an object; a key whose name is the whole path takes precedence. */
class ColumnPath {
  readonly name: string;
  /** Whether any row had a value here. */
  found = false;
  readonly #steps: readonly string[];

  constructor(column: Column) {
    this.name = String(column);
    this.#steps = this.name.split(".");
  }

  read(object: object): unknown {
    let value: unknown = own(object, this.name);
    if (value === undefined && this.#steps.length > 1) {
      value = object;
      for (const step of this.#steps) value = own(value, step);
    }
    if (value !== undefined) this.found = true;
    return value;
  }
}

function* membersOf(object: object): Generator<readonly [string, string]> {
  for (const [key, value] of Object.entries(object)) yield [key, jsonOfValue(value)];
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  // Parquet's null lists are there, but undefined.
  return (value as Record<string, unknown>)[key] ?? null;
}

function textOf(given: unknown, column: string): string | Fault {
  const value = textOrBytes(given);
  if (value instanceof Uint8Array) return notText(column);
  if (typeof value === "string") return checked(value, column);
  if (value === undefined) return missing(column);
  return {
    reason: "wrong-type",
    detail: `${JSON.stringify(column)} is ${kindOf(value)}, not text`,
  };
}

function labelOf(value: unknown, column: string): LabelValue | readonly LabelValue[] | Fault {
  if (value === undefined) return missing(column);
  if (!Array.isArray(value)) return scalarOf(value, column) ?? "";
  const labels: LabelValue[] = [];
  for (const item of value) {
    const label = scalarOf(item, column);
    if (isFault(label)) return label;
    if (label !== null) labels.push(label);
  }
  return labels;
}

function idOf(value: unknown, column: string): string | null | Fault {
  const id = scalarOf(value, column);
  return id === null || isFault(id) ? id : String(id);
}

/** A text, number or boolean as it is typed; null if there is no value, as in a NaN. */
function scalarOf(given: unknown, column: string): LabelValue | null | Fault {
  const value = textOrBytes(given);
  if (value instanceof Uint8Array) return notText(column);
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (typeof value === "string") return checked(value, column);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof WrittenNumber) return value;
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.toISOString();
  return {
    reason: "wrong-type",
    detail: `${JSON.stringify(column)} is ${kindOf(value)}, not a text or number`,
  };
}

/** JSON escapes can produce strings that UTF-8 cannot encode. */
function checked(text: string, column: string): string | Fault {
  if (text.includes("\0")) {
    return { reason: "nul-character", detail: `NUL in ${JSON.stringify(column)}` };
  }
  if (!text.isWellFormed()) {
    return { reason: "bad-utf8", detail: `half a surrogate pair in ${JSON.stringify(column)}` };
  }
  return text;
}

function notText(column: string): Fault {
  return { reason: "bad-utf8", detail: `the bytes of ${JSON.stringify(column)} are no UTF-8` };
}

function missing(column: string): Fault {
  return { reason: "missing-field", detail: `no value at ${JSON.stringify(column)}` };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof WrittenNumber) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isFault(part: LabelValue | null | readonly LabelValue[] | Fault): part is Fault {
  return typeof part === "object" && part !== null && "reason" in part;
}
