import { parse } from "csv-parse/sync";
import type { DatasetFormat } from "../options/dataset-format.js";

/** What the first lines of a file look like. */
export interface FormatGuess {
  /** Null if nothing fits. */
  format: DatasetFormat | null;
  /** Columns of csv, tsv, delimited (names, or indexes without a header) and jsonl (dotted paths). */
  columns: string[] | null;
}

/** Common names of columns by role, best first. */
const USUAL_NAMES = {
  text: [
    "text",
    "title",
    "sentence",
    "content",
    "headline",
    "question",
    "body",
    "document",
    "review",
  ],
  label: ["label", "category", "class", "target", "labels", "tag", "topic", "intent", "given", "y"],
  id: ["id", "_id", "uid", "guid", "idx"],
  trueLabel: ["true_label", "truelabel", "gt", "gold", "gold_label", "clean_label", "true"],
} as const;

/** Guesses the format of a text file, and which columns hold what, from its first lines. */
export function guessFormat(lines: readonly string[]): FormatGuess {
  const filled = lines.filter((line) => line.trim() !== "");
  if (filled.length === 0) return { format: null, columns: null };
  const share = (fits: (line: string) => boolean) => filled.filter(fits).length / filled.length;
  if (share((line) => line.split("|,|").length === 5) > 0.5) {
    return { format: { type: "toutiao-multilevel" }, columns: null };
  }
  if (share((line) => [2, 5].includes(line.split("_!_").length)) > 0.5) {
    return { format: { type: "toutiao" }, columns: null };
  }
  if (share((line) => objectOf(line) !== null) > 0.5) return guessJsonl(filled);
  return guessDelimited(filled);
}

function guessJsonl(lines: readonly string[]): FormatGuess {
  const objects = lines.map(objectOf).filter((object) => object !== null);
  const paths = new Set(objects.flatMap((object) => pathsOf(object)));
  const columns = [...paths];
  const cells = objects.map((object) => columns.map((path) => cellAt(object, path)));
  return { format: withRoles({ type: "jsonl" }, columns, cells, true), columns };
}

function guessDelimited(lines: readonly string[]): FormatGuess {
  let best: { delimiter: string; records: string[][]; score: number } | null = null;
  for (const delimiter of ["\t", ",", ";", "|"]) {
    const records = split(lines, delimiter);
    const width = records[0]?.length ?? 0;
    if (width < 2) continue;
    const score = records.filter((record) => record.length === width).length / records.length;
    if (!best || score > best.score) best = { delimiter, records, score };
  }
  if (!best || best.score < 0.8) return { format: null, columns: null };
  const { delimiter, records } = best;
  const [first = [], ...others] = records;
  const header = looksLikeHeader(first, others);
  const columns = header ? first : first.map((_, i) => String(i));
  const type = delimiter === "," ? "csv" : delimiter === "\t" ? "tsv" : "delimited";
  const format: DatasetFormat = {
    type,
    ...(type === "delimited" ? { delimiter } : {}),
    ...(header ? {} : { header: false }),
  };
  return { format: withRoles(format, columns, header ? others : records, header), columns };
}

function split(lines: readonly string[], delimiter: string): string[][] {
  try {
    return parse(lines.join("\n"), { delimiter, relax_quotes: true, relax_column_count: true });
  } catch {
    // The last record may be cut off inside a quoted field.
    return lines.map((line) => line.split(delimiter));
  }
}

/**
 * A header names each column once, in words. It contains a common name, or it repeats no value
 * below it and names a column of numbers.
 */
function looksLikeHeader(
  first: readonly string[],
  others: readonly (readonly string[])[],
): boolean {
  if (new Set(first).size < first.length || first.some((cell) => cell.trim() === "")) return false;
  if (first.some((cell) => /^[-+]?[\d.]+$/.test(cell))) return false;
  const usual = new Set<string>(Object.values(USUAL_NAMES).flat());
  if (first.some((cell) => usual.has(cell.toLowerCase()))) return true;
  if (others.length === 0) return false;
  return (
    first.every((cell, i) => cell.length <= 40 && !others.some((record) => record[i] === cell)) &&
    first.some((_, i) => others.every((record) => /^[-+]?[\d.]+$/.test(record[i] ?? "")))
  );
}

/**
 * Fills in which column holds what: by common names, else by the longest texts and the fewest
 * values.
 */
function withRoles(
  format: DatasetFormat,
  columns: readonly string[],
  records: readonly (readonly string[])[],
  named: boolean,
): DatasetFormat {
  const taken = new Set<number>();
  const byName = (role: keyof typeof USUAL_NAMES): number => {
    for (const name of USUAL_NAMES[role]) {
      const index = columns.findIndex(
        (column, i) => !taken.has(i) && column.toLowerCase() === name,
      );
      if (index >= 0) return index;
    }
    return -1;
  };
  const take = (index: number): number => {
    if (index >= 0) taken.add(index);
    return index;
  };
  const cells = (i: number) => records.map((record) => record[i] ?? "");
  const free = () => columns.map((_, i) => i).filter((i) => !taken.has(i));
  const meanLength = (i: number) =>
    cells(i).reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, records.length);
  const distinct = (i: number) => new Set(cells(i)).size;

  const trueLabel = take(named ? byName("trueLabel") : -1);
  let text = take(named ? byName("text") : -1);
  let label = take(named ? byName("label") : -1);
  const id = take(named ? byName("id") : -1);
  if (text < 0) text = take(largest(free(), meanLength));
  // A column with one value cannot be a label.
  if (label < 0)
    label = take(
      largest(
        free().filter((i) => distinct(i) > 1),
        (i) => -distinct(i),
      ),
    );
  const column = (i: number) => (named ? columns[i]! : i);
  return {
    ...format,
    ...(text >= 0 ? { textColumn: column(text) } : {}),
    ...(label >= 0 ? { labelColumn: column(label) } : {}),
    ...(id >= 0 ? { idColumn: column(id) } : {}),
    ...(trueLabel >= 0 ? { trueLabelColumn: column(trueLabel) } : {}),
  };
}

function largest(indexes: readonly number[], value: (index: number) => number): number {
  return indexes.reduce((best, i) => (best < 0 || value(i) > value(best) ? i : best), -1);
}

function objectOf(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Paths of an object's values, two levels deep. */
function pathsOf(object: object): string[] {
  return Object.entries(object).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => `${key}.${inner}`)
      : [key],
  );
}

function cellAt(object: object, path: string): string {
  const entries = new Map<string, unknown>(Object.entries(object));
  const whole = entries.get(path);
  if (whole !== undefined) return String(whole);
  const [key = "", inner = ""] = path.split(".");
  const nested = entries.get(key);
  if (typeof nested !== "object" || nested === null) return "";
  return String(new Map<string, unknown>(Object.entries(nested)).get(inner) ?? "");
}
