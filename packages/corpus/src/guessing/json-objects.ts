import { isObject, parseJson } from "../formats/parse-json.js";

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
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The objects' values by their paths, as `ColumnPath` reads them. */
export function tableOfObjects(objects: readonly object[]): ObjectTable {
  const lists = new Set<string>();
  const rows = objects.map((object) => {
    const cells = new Map<string, string>();
    addCells(object, "", { cells, lists, depth: DEEPEST });
    return cells;
  });
  // Where some list has several objects, the first is not all that the row says.
  const isFirstOfMany = (path: string) => [...lists].some((list) => path.startsWith(`${list}.0.`));
  const paths = new Set(rows.flatMap((cells) => [...cells.keys()]));
  const columns = [...paths].filter((path) => !isFirstOfMany(path));
  return { columns, records: rows.map((cells) => columns.map((path) => cells.get(path) ?? "")) };
}

/** How many levels of objects are looked into. */
const DEEPEST = 4;

interface Leaves {
  readonly cells: Map<string, string>;
  /** Paths of lists of several objects. */
  readonly lists: Set<string>;
  readonly depth: number;
}

/** Adds the values of an object, and of those in it; of a list with one object those of that. */
function addCells(object: object, prefix: string, { cells, lists, depth }: Leaves): void {
  for (const [key, value] of Object.entries(object)) {
    const path = prefix + key;
    const inner = { cells, lists, depth: depth - 1 };
    const objects = Array.isArray(value) ? value.filter(isObject) : [];
    if (objects.length > 1) lists.add(path);
    if (depth > 1 && isObject(value)) addCells(value, `${path}.`, inner);
    else if (depth > 1 && objects.length === 1 && Array.isArray(value) && value.length === 1) {
      addCells(objects[0]!, `${path}.0.`, inner);
    } else cells.set(path, textOf(value));
  }
}

/** Whether a text that is not one object a line begins like a JSON document. */
export function isJsonDocument(head: string): boolean {
  const start = head.trimStart();
  return /^\[\s*(\{|\[|"|$)/.test(start) || /^\{\s*("([^"\\]|\\.)*"\s*:|$)/.test(start);
}

/** Lists are labels more often than texts; null is no value, and nor is what is nested in a list. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(scalarText).join("|") : scalarText(value);
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined || Array.isArray(value)) return "";
  return typeof value === "object" ? "{}" : String(value);
}
