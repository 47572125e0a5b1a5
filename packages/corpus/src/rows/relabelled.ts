import type { FileColumn } from "./file-column.js";
import { jsonItems, jsonMembers } from "./json-members.js";
import { toutiaoCodeOf } from "./toutiao-classes.js";

/** How a file writes the labels of a class, where that is not its name. By class name. */
export type LabelCells = ReadonlyMap<string, string>;

/** Whether a cell of the column is another one under another label. */
export const hasLabel = ({ role, labelPath, isLabelCode }: FileColumn): boolean =>
  role === "label" || labelPath !== undefined || isLabelCode === true;

/**
 * The cell with a new label as the file writes labels: as their code, in a list where it has a list, in the object
 * or the list that has it.
 */
export function relabelled(
  cell: string | null,
  { encoding, labelPath, isLabelCode }: FileColumn,
  label: string,
  labelCells: LabelCells,
): string | null {
  if (isLabelCode) return toutiaoCodeOf(label);
  const known = labelCells.get(label);
  if (encoding === "text") return known ?? label;
  const json = known ?? JSON.stringify(label);
  if (!labelPath) return cell?.startsWith("[") && !json.startsWith("[") ? `[${json}]` : json;
  return cell === null ? null : withMember(cell, labelPath, json);
}

/** A JSON object or list with another value at a path, everything else as it stands. */
function withMember(object: string, [key, ...rest]: readonly string[], json: string): string {
  if (key === undefined)
    return object.startsWith("[") && !json.startsWith("[") ? `[${json}]` : json;
  if (object.startsWith("[")) {
    const items = jsonItems(object);
    const changed = items.map((item, i) =>
      String(i) === key ? withMember(item, rest, json) : item,
    );
    return `[${changed.join(",")}]`;
  }
  if (!object.startsWith("{")) return object;
  const members = jsonMembers(object);
  const inner = members.get(key);
  if (inner === undefined) return object;
  members.set(key, withMember(inner, rest, json));
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}
