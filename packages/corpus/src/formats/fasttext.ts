import type { ColumnChoice } from "../options/column-choice.js";
import { FieldColumns } from "./field-columns.js";
import { type RowReader, readLineByLine } from "./row-reader.js";

/** What fastText takes for a label wherever in the line it stands, with the blanks after it. */
const LABEL = /(?<![^ \t\v\f])__label__([^ \t\v\f]*)[ \t\v\f]*/g;

const COLUMNS = [
  ["label", "label"],
  ["text", "text"],
] as const;

/**
 * `__label__a __label__b text`: each word with the prefix is one of the row's labels, the rest is the
 * text. A row has as many labels as it likes, and no id.
 */
export function fastTextReader(choice: ColumnChoice): RowReader {
  const columns = new FieldColumns(COLUMNS, choice);
  return readLineByLine((line, lineNumber, sink) => {
    const { labels, text } = partsOf(line);
    // Of several labels the sample has one, or a list of them that depends on the policy.
    const cells = columns.cellsOf(sink, [labels.length > 1 ? JSON.stringify(labels) : null]);
    sink.row({
      line: lineNumber,
      id: null,
      text,
      label: labels,
      trueLabel: null,
      raw: line,
      cells,
    });
  }, columns.announce);
}

function partsOf(line: string): { labels: string[]; text: string } {
  const labels: string[] = [];
  const text = line.replace(LABEL, (_, label: string) => {
    labels.push(label);
    return "";
  });
  return { labels, text: text.trim() };
}
