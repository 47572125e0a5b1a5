import { CorpusError } from "../errors.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { Shape } from "./shape.js";

/** Where the rows of a document are. */
export interface RowsPlan {
  /**
   * "elements": a list of objects or lists, each a row. "members": an object of objects, each a row
   * under its id. "columns": an object of lists, or of objects by id, each a column.
   */
  kind: "elements" | "members" | "columns";
  /** The names that lead there. */
  path: readonly string[];
  /** Column names of rows that are lists, if the document has them. */
  names: readonly string[] | null;
}

type WantedColumns = Pick<DatasetFormat, "textColumn" | "records">;

/**
 * Finds the rows of a document: in the list at `records`; else in the form of pandas (split, columns,
 * index), or in the only list of objects or of lists. Throws CorpusError "bad-format" if there is none, or
 * several.
 */
export function planRows(root: Shape, format: WantedColumns): RowsPlan {
  const start = format.records === undefined ? root : at(root, format.records);
  if (start.kind === "array") return rows("elements", start);
  if (start.kind === "scalar") throw noRows(root, "it is one value");
  const found = split(start) ?? named(start, format) ?? onlyList(start) ?? alike(start);
  if (found) return found;
  throw noRows(start, describe(start));
}

const rows = (
  kind: RowsPlan["kind"],
  { path }: Shape,
  names: readonly string[] | null = null,
): RowsPlan => ({ kind, path, names });

/** pandas: `{"columns": ["text", ...], "data": [["...", ...], ...]}`. */
function split(object: Shape): RowsPlan | null {
  const names = object.members.get("columns")?.names;
  const data = object.members.get("data");
  return names && data && isOnly(data, "array") ? rows("elements", data, names) : null;
}

/** A column or a row that has the name of the text's column. */
function named(object: Shape, { textColumn = "text" }: WantedColumns): RowsPlan | null {
  const whole = String(textColumn);
  const isName = (key: string) => key === whole || key === whole.split(".")[0];
  const column = [...object.members.values()].find(({ path }) => isName(path.at(-1)!));
  if (column && isOnly(column, "scalar")) return rows("columns", object);
  const hasRows =
    isOnly(object, "object") &&
    [...object.members.values()].some(({ keys }) => keys.some((key) => isName(key)));
  return hasRows ? rows("members", object) : null;
}

/** The list of objects, or else of lists, that stands alone on its level. */
function onlyList(object: Shape): RowsPlan | null {
  for (const kind of ["object", "array"] as const) {
    let level = [object];
    while (level.length > 0) {
      const inner = level.flatMap(({ members }) => [...members.values()]);
      const lists = inner.filter((shape) => shape.kind === "array" && isOnly(shape, kind));
      if (lists.length > 1) throw severalLists(lists);
      if (lists[0]) return rows("elements", lists[0]);
      level = inner.filter((shape) => shape.kind === "object");
    }
  }
  return null;
}

/** Members that are alike: lists of one length, or objects of the same names. */
function alike(object: Shape): RowsPlan | null {
  const members = [...object.members.values()];
  if (members.length < 2 || members.length < Math.min(object.count, 100)) return null;
  if (!members.every((member) => isOnly(member, "scalar"))) return null;
  const [first, ...others] = members;
  if (!others.every(({ kind, count }) => kind === first!.kind && count === first!.count))
    return null;
  if (first!.kind === "array") return rows("columns", object);
  if (!others.every(({ keys }) => keys.join("\0") === first!.keys.join("\0"))) return null;
  const isNumbered = ({ keys }: Shape) => keys.every((key) => /^\d+$/.test(key));
  if (isNumbered(first!) !== isNumbered(object)) {
    return rows(isNumbered(first!) ? "columns" : "members", object);
  }
  return rows(first!.count > object.count ? "columns" : "members", object);
}

const isOnly = ({ kinds }: Shape, kind: "scalar" | "object" | "array") =>
  kinds.size === 1 && kinds.has(kind);

function at(root: Shape, records: string): Shape {
  const whole = root.members.get(records);
  if (whole) return whole;
  let shape: Shape | undefined = root;
  for (const step of records.split(".")) shape = shape?.members.get(step);
  if (shape) return shape;
  throw new CorpusError(
    "bad-format",
    `The JSON document has nothing at records ${JSON.stringify(records)}. It is ${describe(root)}.`,
  );
}

function noRows(shape: Shape, what: string): CorpusError {
  const place = shape.path.length > 0 ? ` at ${JSON.stringify(shape.path.join("."))}` : "";
  return new CorpusError(
    "bad-format",
    `The JSON document has no rows${place}: it is ${what}. Rows are a list of objects, as pandas writes with df.to_json("data.json", orient="records").`,
  );
}

function severalLists(lists: readonly Shape[]): CorpusError {
  const named = lists
    .slice(0, 10)
    .map(({ path, count }) => `${JSON.stringify(path.join("."))} (${count})`);
  return new CorpusError(
    "bad-format",
    `The JSON document has several lists of rows: ${named.join(", ")}. Name one with records, for example ${JSON.stringify({ records: lists[0]!.path.join(".") })}.`,
  );
}

function describe({ kind, keys, count }: Shape): string {
  if (kind === "scalar") return "one value";
  if (kind === "array") return `a list of ${count}`;
  if (count === 0) return "an empty object";
  const shown = keys.slice(0, 10).map((key) => JSON.stringify(key.slice(0, 80)));
  return `an object with the members ${shown.join(", ")}${count > 10 ? ", ..." : ""}`;
}
