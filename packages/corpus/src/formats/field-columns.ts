import type { ColumnChoice } from "../options/column-choice.js";
import type { Cells, ColumnRole, FileColumn } from "../rows/file-column.js";
import type { RowSink } from "../rows/raw-row.js";

/** What a field holds: a part of the sample, the code of its label, or anything else. */
type FieldKind = ColumnRole | "labelCode" | null;

/** The kept columns of lines with a fixed number of fields. */
export class FieldColumns {
  readonly #list: readonly FileColumn[];
  readonly #positions: readonly number[];
  readonly #isEmpty: boolean;
  #isAnnounced = false;

  constructor(all: readonly (readonly [string, FieldKind])[], choice: ColumnChoice) {
    const kept = all.flatMap(([name, kind], position) => {
      const isKept = choice.keeps(name, position);
      const role = kind === "labelCode" ? null : kind;
      const column: FileColumn = { name, type: "text", encoding: "text", role };
      if (kind === "labelCode") column.isLabelCode = true;
      return isKept || role !== null ? [{ position, column }] : [];
    });
    choice.checkFound(all.map(([name]) => name));
    this.#list = kept.map(({ column }) => column);
    this.#positions = kept.map(({ position }) => position);
    this.#isEmpty = choice.none;
  }

  readonly announce = (sink: RowSink): void => {
    if (!this.#isAnnounced) sink.columns(this.#list);
    this.#isAnnounced = true;
  };

  /** An empty field is as good as none: it is written empty again. */
  cellsOf(sink: RowSink, fields: Cells): Cells | undefined {
    this.announce(sink);
    if (this.#isEmpty) return undefined;
    return this.#positions.map((position) => fields[position] || null);
  }
}
