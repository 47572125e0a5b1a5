import { columnNotFound } from "./column-not-found.js";
import type { Column } from "./dataset-format.js";

/** Which columns of a file are kept beside text, label and ids: all, none, or those named. */
export type KeptColumns = "keep" | "none" | readonly Column[];

/** Answers which columns are kept, and remembers which of those named were found. */
export class ColumnChoice {
  readonly #all: boolean;
  readonly #wanted: ReadonlySet<Column>;
  readonly #found = new Set<Column>();
  readonly #leftOut: Column | undefined;

  /** `leftOut`: a column that no sample has a value of, so that none is kept. */
  constructor(columns: KeptColumns = "keep", leftOut?: Column) {
    this.#leftOut = leftOut;
    this.#all = columns === "keep";
    this.#wanted = new Set(typeof columns === "string" ? [] : columns);
  }

  /** Whether no column is kept at all, not even what a role's column held in another form. */
  get none(): boolean {
    return !this.#all && this.#wanted.size === 0;
  }

  /** Whether the column with this name, or at this position from 0, is kept. */
  keeps(name: string, position: number): boolean {
    const isLeftOut = name === this.#leftOut || position === this.#leftOut;
    if (this.#all) return !isLeftOut;
    for (const key of [name, position]) {
      if (!this.#wanted.has(key)) continue;
      this.#found.add(key);
      return !isLeftOut;
    }
    return false;
  }

  /** Throws CorpusError "column-not-found" for a named column that is not among those of the file. */
  checkFound(columns: readonly string[]): void {
    for (const column of this.#wanted) {
      if (this.#found.has(column)) continue;
      const what = `There is no column ${JSON.stringify(column)} to keep.`;
      throw columnNotFound(String(column), columns, "The file has the columns", what);
    }
  }
}
