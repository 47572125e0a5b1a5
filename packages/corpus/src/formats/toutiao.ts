import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RowSink } from "../rows/raw-row.js";
import { toutiaoClassNames, toutiaoNameOf } from "../rows/toutiao-classes.js";
import { FieldColumns } from "./field-columns.js";
import { type RowReader, readLineByLine } from "./row-reader.js";

const NAME_OF_INDEX = new Map(toutiaoClassNames.map((name, index) => [String(index), name]));

/**
 * `id|,|categories|,|title|,|keywords|,|tags`: always five fields; the categories are a
 * comma-joined list of paths and give the row's label.
 */
export function toutiaoMultilevelReader(format: DatasetFormat, choice: ColumnChoice): RowReader {
  const columns = new FieldColumns(MULTILEVEL_COLUMNS, choice);
  const wanted = new Set(format.required);
  const withKeywords = format.text === "title-keywords";
  return readLineByLine((line, lineNumber, sink) => {
    const fields = line.split("|,|");
    if (fields.length !== 5) {
      rejectFieldCount(sink, lineNumber, fields.length, "5", line);
      return;
    }
    const [id, categories, title, keywords, tags] = fields as [
      string,
      string,
      string,
      string,
      string,
    ];
    if (wanted.size > 0) {
      const missing =
        (wanted.has("keywords") && keywords.trim() === "" && "keywords") ||
        (wanted.has("label") && tags.trim() === "" && "label");
      if (missing) {
        sink.reject(lineNumber, "missing-field", `no ${missing}`, line);
        return;
      }
    }
    const text = withKeywords ? joined(title, keywords) : title;
    sink.row({
      line: lineNumber,
      id: id === "" ? null : id,
      text,
      label: categories,
      trueLabel: null,
      raw: line,
      cells: columns.cellsOf(sink, [null, null, text === title ? null : title, keywords, tags]),
    });
  }, columns.announce);
}

/**
 * `id_!_code_!_name_!_title_!_keywords` (codes 100..116) or `title_!_label`, where label is k of
 * 0..14, a code, or a name. With labelNames, two-field labels are kept as they are.
 */
export function toutiaoReader(format: DatasetFormat, choice: ColumnChoice): RowReader {
  const columns = new FieldColumns(TOUTIAO_COLUMNS, choice);
  const keepLabels = format.labelNames !== undefined;
  const wantsKeywords = format.required?.includes("keywords") ?? false;
  const withKeywords = format.text === "title-keywords";
  return readLineByLine((line, lineNumber, sink) => {
    const fields = line.split("_!_");
    if (fields.length === 5) {
      const [id, code, name, title, keywords] = fields as [string, string, string, string, string];
      if (wantsKeywords && keywords.trim() === "") {
        sink.reject(lineNumber, "missing-field", "no keywords", line);
        return;
      }
      const text = withKeywords ? joined(title, keywords) : title;
      const label = name.trim() || (toutiaoNameOf(code.trim()) ?? code);
      const cells = [
        null,
        code,
        name === label ? null : name,
        text === title ? null : title,
        keywords,
      ];
      sink.row({
        line: lineNumber,
        id: id === "" ? null : id,
        text,
        label,
        trueLabel: null,
        raw: line,
        cells: columns.cellsOf(sink, cells),
      });
    } else if (fields.length === 2) {
      const [title, given] = fields as [string, string];
      const label = keepLabels ? given : nameOf(given.trim());
      if (label === undefined) {
        const detail = `"${given.slice(0, 40)}" is neither 0..14 nor a code of 100..116`;
        sink.reject(lineNumber, "unknown-label", detail, line);
        return;
      }
      const cells = columns.cellsOf(sink, []);
      sink.row({
        line: lineNumber,
        id: null,
        text: title,
        label,
        trueLabel: null,
        raw: line,
        cells,
      });
    } else {
      rejectFieldCount(sink, lineNumber, fields.length, "5 or 2", line);
    }
  }, columns.announce);
}

const MULTILEVEL_COLUMNS = [
  ["id", "id"],
  ["categories", "label"],
  ["title", "text"],
  ["keywords", null],
  ["tags", null],
] as const;

const TOUTIAO_COLUMNS = [
  ["id", "id"],
  ["code", "labelCode"],
  ["name", "label"],
  ["title", "text"],
  ["keywords", null],
] as const;

/** A title with its keywords; a row without a title has no text. */
function joined(title: string, keywords: string): string {
  return title.trim() === "" || keywords.trim() === "" ? title : `${title} ${keywords}`;
}

/** The class of a two-field label; a name is itself, an unknown number has no class. */
function nameOf(label: string): string | undefined {
  const known = NAME_OF_INDEX.get(label) ?? toutiaoNameOf(label);
  if (known !== undefined) return known;
  return /^[+-]?\d+$/.test(label) ? undefined : label;
}

function rejectFieldCount(
  sink: RowSink,
  line: number,
  found: number,
  wanted: string,
  raw: string,
): void {
  sink.reject(line, "field-count", `expected ${wanted} fields, found ${found}`, raw);
}
