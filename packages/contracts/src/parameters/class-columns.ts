import { z } from "zod";
import { AppError } from "../errors/errors.js";
import { listOf, text } from "../values/constraints.js";
import { UploadId } from "../values/ids.js";

/** Longer lists are uploaded: parameters stay small. */
export const MOST_LISTED_CLASSES = 1000;

/** Which array of an uploaded npz is meant. */
export const ArrayName = text()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: "The array's name in the upload, if that is an npz with several" });

/** The classes in the order of a file's columns, where that is not the dataset's. */
export const ColumnClasses = z
  .union([UploadId, listOf(text().min(1), { min: 2, max: MOST_LISTED_CLASSES })])
  .optional()
  .meta({
    description:
      "The dataset's class names in the order of the columns; the columns are then reordered. A list, or the id of an uploaded one: one name a line, a JSON array, or npy of strings. Default: the order of the indexes of `GET /v1/datasets/{id}/classes`",
  });
export type ColumnClasses = z.infer<typeof ColumnClasses>;

/** The upload that a list of classes is in, if it is in one. */
export const uploadOf = (classes: ColumnClasses): string[] =>
  typeof classes === "string" ? [classes] : [];

/**
 * Which column belongs to which class, (classes): `names` are the classes in the order of the columns,
 * compared exactly. Throws `classes-mismatch` with every name that is missing, unknown or repeated.
 */
export function columnsByName(names: readonly string[], classes: readonly string[]): Int32Array {
  const columns = new Int32Array(classes.length).fill(-1);
  const indexes = new Map(classes.map((name, index) => [name, index]));
  const unknown: string[] = [];
  const repeated = new Set<string>();
  for (const [column, name] of names.entries()) {
    const index = indexes.get(name);
    if (index === undefined) unknown.push(name);
    else if (columns[index] === -1) columns[index] = column;
    else repeated.add(name);
  }
  const missing = classes.filter((_, index) => columns[index] === -1);
  if (missing.length + unknown.length + repeated.size === 0) return columns;
  const faults = [
    ...fault("missing", missing),
    ...fault("unknown", unknown, nearlyIn(missing.length > 0 ? missing : classes)),
    ...fault("repeated", [...repeated]),
  ];
  throw new AppError(
    "classes-mismatch",
    `The ${names.length} names of \`classes\` are not the ${classes.length} classes. ${faults.join(" ")}`,
    { errors: faults.map((detail) => ({ pointer: "/classes", detail })) },
  );
}

const MOST_NAMED = 10;

function fault(
  what: string,
  names: readonly string[],
  hint: (name: string) => string = () => "",
): string[] {
  if (names.length === 0) return [];
  const named = names.slice(0, MOST_NAMED).map((name) => shown(name) + hint(name));
  const rest = names.length - MOST_NAMED;
  return [`${names.length} ${what}: ${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}.`];
}

/** Names the class that differs only in case, blanks, width or invisible characters. */
function nearlyIn(classes: readonly string[]): (name: string) => string {
  const folded = new Map(classes.map((name) => [fold(name), name]));
  return (name) => {
    const near = folded.get(fold(name));
    return near === undefined ? "" : ` (the class is ${shown(near)})`;
  };
}

const fold = (name: string): string =>
  name
    .normalize("NFKC")
    .replaceAll(/[\s\p{Cf}]+/gu, "")
    .toLowerCase();

const shown = (name: string): string =>
  JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
