import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RowSink } from "../rows/raw-row.js";
import { jsonMembers } from "./json-members.js";
import { ObjectRows } from "./object-rows.js";
import { type RowReader, readLineByLine } from "./row-reader.js";

/** One JSON object a line; columns are dotted paths, a label may be a list of labels. */
export function jsonlReader(format: DatasetFormat, choice: ColumnChoice): RowReader {
  const rows = new ObjectRows(format, choice);
  return readLineByLine(
    (line, lineNumber, sink) => {
      const object = parseObject(line, lineNumber, sink);
      if (object) rows.take(object, lineNumber, line, sink, () => jsonMembers(line));
    },
    (sink) => rows.finish(sink),
  );
}

function parseObject(line: string, lineNumber: number, sink: RowSink): object | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const detail = (error as Error).message.slice(0, 200).toWellFormed();
    sink.reject(lineNumber, "bad-json", detail, line);
    return null;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  sink.reject(lineNumber, "bad-json", "the line is JSON, but not an object", line);
  return null;
}
