import type { ColumnChoice } from "../options/column-choice.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { Column, DatasetFormat } from "../options/dataset-format.js";
import type { Cells, ColumnRole, FileColumn } from "../rows/file-column.js";
import type { RawRow, RowSink } from "../rows/raw-row.js";
import { jsonOfValue } from "./json-value.js";
import { type DeclaredColumn, type JsonMembers, ObjectColumns } from "./object-columns.js";
import { idOf, isFault, labelOf, textOf, votesOf } from "./object-values.js";

/**
 * After this many objects without a column, the column counts as missing, not as a gap in some
 * rows.
 */
const ROWS_BEFORE_MISSING = 1000;

/**
 * Turns objects into rows, for jsonl and parquet. Columns are dotted paths; labels may be lists.
 */
export class ObjectRows {
  readonly #text: ColumnPath;
  /** null where annotators label the rows. */
  readonly #label: ColumnPath | null;
  readonly #annotators: readonly ColumnPath[];
  /** Whose label a row has. */
  readonly #annotator: ColumnPath | null;
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
    this.#annotator = optional(format.annotatorColumn);
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
    const annotator = this.#annotator
      ? idOf(this.#annotator.read(object) ?? null, this.#annotator.name)
      : undefined;
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
    else if (annotator && isFault(annotator))
      sink.reject(line, annotator.reason, annotator.detail, excerpt);
    else if (isFault(trueLabel)) sink.reject(line, trueLabel.reason, trueLabel.detail, excerpt);
    else {
      const cells = this.#cellsOf(members, sink);
      const row: RawRow = { line, id: id || null, text, label, trueLabel, raw: excerpt, cells };
      if (annotator !== undefined) row.annotator = annotator ?? "";
      if (!this.#label) row.votes = votesOf(votes);
      sink.row(row);
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
    const paths = [...this.#rolePaths(), ...this.#annotators];
    return this.#annotator ? [...paths, this.#annotator] : paths;
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
