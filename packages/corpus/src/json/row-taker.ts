import { JsonNumbers } from "../formats/json-numbers.js";
import { ObjectRows } from "../formats/object-rows.js";
import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RowSink } from "../rows/raw-row.js";

/** A row of a document as an object. */
export interface DocumentRow {
  object: object;
  line: number;
  /** Its text in the file; null if it does not stand in one place. */
  text: string | null;
  /** The texts of its values. */
  members: () => ReadonlyMap<string, string>;
}

/** Takes the rows of a document. */
export interface RowTaker {
  take(row: DocumentRow, sink: RowSink): void;
  /** Ends the reading. Throws CorpusError "column-not-found" for a column that no row had. */
  finish(sink: RowSink): void;
}

/** Opens the taker of rows with these columns. */
export type OpenRows = (format: DatasetFormat) => RowTaker;

/** Passes rows on to the sink. */
export const sinkRows =
  (choice: ColumnChoice): OpenRows =>
  (format) => {
    const rows = new ObjectRows(format, choice);
    const numbers = new JsonNumbers(rows.columns());
    return {
      take({ object, line, text, members }, sink) {
        numbers.restore(object, text ?? "", members);
        rows.take(object, line, text, sink, members);
      },
      finish: (sink) => rows.finish(sink),
    };
  };
