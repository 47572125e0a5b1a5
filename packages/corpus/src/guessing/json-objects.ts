import { parseJson } from "../formats/parse-json.js";

/** Objects by dotted paths, as a table. */
export interface ObjectTable {
  readonly columns: readonly string[];
  readonly records: readonly (readonly string[])[];
}

/** The object that a line of jsonl is; null for any other line. */
export function objectOf(line: string): object | null {
  if (!/^\s*\{/.test(line)) return null;
  try {
    const { value } = parseJson(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export function tableOfObjects(objects: readonly object[]): ObjectTable {
  const columns = [...new Set(objects.flatMap((object) => pathsOf(object)))];
  const records = objects.map((object) => columns.map((path) => cellAt(object, path)));
  return { columns, records };
}

/** Whether a text that is not one object a line begins like a JSON document. */
export function isJsonDocument(head: string): boolean {
  const start = head.trimStart();
  return /^\[\s*(\{|\[|"|$)/.test(start) || /^\{\s*("([^"\\]|\\.)*"\s*:|$)/.test(start);
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
  if (whole !== undefined) return textOf(whole);
  const [key = "", inner = ""] = path.split(".");
  const nested = entries.get(key);
  if (typeof nested !== "object" || nested === null) return "";
  return textOf(new Map<string, unknown>(Object.entries(nested)).get(inner));
}

/** Lists are labels more often than texts; null is no value, and nor is what is nested in a list. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(scalarText).join("|") : scalarText(value);
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined || Array.isArray(value)) return "";
  return String(value);
}
