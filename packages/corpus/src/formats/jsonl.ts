import { CorpusError } from "../errors.js";
import type { Column, DatasetFormat } from "../options.js";
import type { RowSink } from "../rows.js";
import { type RowFault, type RowReader, readLineByLine } from "./row-reader.js";

/** After this many objects without a column, the column is missing and not a gap in some rows. */
const rowsBeforeMissing = 1000;

/** One JSON object a line; columns are dotted paths, a label may be a list of labels. */
export function jsonlReader(format: DatasetFormat): RowReader {
  const textPath = new ColumnPath(format.textColumn ?? "text");
  const labelPath = new ColumnPath(format.labelColumn ?? "label");
  const idPath = format.idColumn === undefined ? null : new ColumnPath(format.idColumn);
  const truePath =
    format.trueLabelColumn === undefined ? null : new ColumnPath(format.trueLabelColumn);
  const paths = [textPath, labelPath, idPath, truePath].filter((path) => path !== null);
  let objects = 0;
  let firstKeys: readonly string[] = [];

  const checkColumns = () => {
    const missing = paths.find((path) => !path.found);
    if (!missing || objects === 0) return;
    const columns = firstKeys.map((key) => JSON.stringify(key)).join(", ");
    throw new CorpusError(
      "column-not-found",
      `No row has a value at ${JSON.stringify(missing.name)}. The first row has the keys ${columns}.`,
      { column: missing.name, columns: firstKeys },
    );
  };

  return readLineByLine((line, lineNumber, sink) => {
    const object = parseObject(line, lineNumber, sink);
    if (!object) return;
    if (objects === 0) firstKeys = Object.keys(object).slice(0, 100);
    objects += 1;
    const text = textOf(textPath.read(object), textPath.name);
    const label = labelOf(labelPath.read(object), labelPath.name);
    const id = idPath ? scalarOf(idPath.read(object), idPath.name) : null;
    const trueLabel = truePath ? scalarOf(truePath.read(object), truePath.name) : null;
    if (objects === rowsBeforeMissing) checkColumns();
    for (const part of [text, label, id, trueLabel]) {
      if (part === null || typeof part === "string" || isList(part)) continue;
      sink.reject(lineNumber, part.reason, part.detail, line);
      return;
    }
    sink.row({
      line: lineNumber,
      id: id as string | null,
      text: text as string,
      label: label as string | readonly string[],
      trueLabel: trueLabel as string | null,
      raw: line,
    });
  }, checkColumns);
}

/** A dotted path into an object; a key that has the whole path as its name comes first. */
class ColumnPath {
  readonly name: string;
  /** Whether any row had a value here. */
  found = false;
  private readonly steps: readonly string[];

  constructor(column: Column) {
    this.name = String(column);
    this.steps = this.name.split(".");
  }

  read(object: object): unknown {
    let value: unknown = own(object, this.name);
    if (value === undefined && this.steps.length > 1) {
      value = object;
      for (const step of this.steps) value = own(value, step);
    }
    if (value !== undefined) this.found = true;
    return value;
  }
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function parseObject(line: string, lineNumber: number, sink: RowSink): object | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    sink.reject(
      lineNumber,
      "bad-json",
      (error as Error).message.slice(0, 200).toWellFormed(),
      line,
    );
    return null;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  sink.reject(lineNumber, "bad-json", "the line is JSON, but no object", line);
  return null;
}

function textOf(value: unknown, column: string): string | RowFault {
  if (typeof value === "string") return checked(value, column);
  if (value === undefined) return missing(column);
  return {
    reason: "wrong-type",
    detail: `${JSON.stringify(column)} is ${kindOf(value)}, not text`,
  };
}

function labelOf(value: unknown, column: string): string | readonly string[] | RowFault {
  if (!Array.isArray(value)) {
    if (value === null || value === undefined) return value === null ? "" : missing(column);
    return scalarOf(value, column) ?? "";
  }
  const labels: string[] = [];
  for (const item of value) {
    const label = scalarOf(item, column);
    if (label === null) continue;
    if (typeof label !== "string") return label;
    labels.push(label);
  }
  return labels;
}

/** A string, number or boolean as text; null where there is no value. */
function scalarOf(value: unknown, column: string): string | null | RowFault {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return checked(value, column);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return {
    reason: "wrong-type",
    detail: `${JSON.stringify(column)} is ${kindOf(value)}, not a text or number`,
  };
}

/** JSON escapes can make strings that no UTF-8 text can hold. */
function checked(text: string, column: string): string | RowFault {
  if (text.includes("\0")) {
    return { reason: "nul-character", detail: `NUL in ${JSON.stringify(column)}` };
  }
  if (!text.isWellFormed()) {
    return { reason: "bad-utf8", detail: `half a surrogate pair in ${JSON.stringify(column)}` };
  }
  return text;
}

function missing(column: string): RowFault {
  return { reason: "missing-field", detail: `no value at ${JSON.stringify(column)}` };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `a ${typeof value}`;
}

function isList(part: readonly string[] | RowFault): part is readonly string[] {
  return Array.isArray(part);
}
