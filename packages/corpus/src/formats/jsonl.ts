import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import { jsonMembers } from "../rows/json-members.js";
import type { RowSink } from "../rows/raw-row.js";
import { JsonNumbers } from "./json-numbers.js";
import { ObjectRows } from "./object-rows.js";
import { type ParsedJson, parseJson } from "./parse-json.js";
import { type RowReader, readLineByLine } from "./row-reader.js";

/**
 * One JSON object a line; columns are dotted paths, a label may be a list of labels. Numbers keep their
 * digits.
 */
export function jsonlReader(format: DatasetFormat, choice: ColumnChoice): RowReader {
  const rows = new ObjectRows(format, choice);
  const numbers = new JsonNumbers(rows.columns());
  return readLineByLine(
    (line, lineNumber, sink) => {
      const parsed = parseObject(line, lineNumber, sink);
      if (!parsed) return;
      const { object, text } = parsed;
      let known: Map<string, string> | null = null;
      const members = () => (known ??= jsonMembers(text));
      numbers.restore(object, text, members);
      rows.take(object, lineNumber, line, sink, members);
    },
    (sink) => rows.finish(sink),
  );
}

function parseObject(
  line: string,
  lineNumber: number,
  sink: RowSink,
): { object: object; text: string } | null {
  let parsed: ParsedJson;
  try {
    parsed = parseJson(line);
  } catch (error) {
    const detail = (error as Error).message.slice(0, 200).toWellFormed();
    sink.reject(lineNumber, "bad-json", detail, line);
    return null;
  }
  const { value, text } = parsed;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return { object: value, text };
  }
  sink.reject(lineNumber, "bad-json", "the line is JSON, but not an object", line);
  return null;
}
