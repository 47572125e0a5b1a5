import type { Cells, FileColumn } from "../rows/file-column.js";
import { ColumnValues, quarters, type ValueGroups } from "./column-values.js";

/** A way to divide a dataset's rows into groups. */
export interface RowGrouping extends ValueGroups {
  /** A kept column's name, or `text length`, or `parent class`. */
  readonly by: string;
  readonly isOfClasses: boolean;
}

/** More columns than these are not looked at. */
const MOST_COLUMNS = 50;

/** Collects what may divide rows into groups: parent class, text length, and every kept column. */
export class RowGroups {
  readonly #classes: number[] = [];
  readonly #lengths: number[] = [];
  readonly #columns: ColumnValues[] = [];

  /** Adds the next row. */
  add({ classIndex, text, cells = [] }: { classIndex: number; text: string; cells?: Cells }): void {
    const at = this.#classes.length;
    this.#classes.push(classIndex);
    this.#lengths.push(charactersIn(text));
    for (let i = 0; i < Math.min(MOST_COLUMNS, cells.length); i++) {
      this.#columns[i] ??= new ColumnValues();
      this.#columns[i]!.add(at, cells[i]!);
    }
  }

  /** The characters of each text, (n). */
  lengths(): Int32Array {
    return Int32Array.from(this.#lengths);
  }

  /** The groupings, once the classes and columns are known. */
  finish(classNames: readonly string[], columns: readonly FileColumn[]): RowGrouping[] {
    const rows = this.#classes.length;
    const found: RowGrouping[] = [];
    const parents = parentsOf(classNames);
    if (parents !== null) {
      const of = Int32Array.from(this.#classes, (c) => parents.of[c]!);
      found.push({ by: "parent class", isOfClasses: true, groups: parents.groups, of });
    }
    const lengths = quarters(Float64Array.from(this.#lengths), (length) => `${length}`);
    if (lengths !== null) found.push({ by: "text length", isOfClasses: false, ...lengths });
    for (const [i, column] of columns.entries()) {
      if (column.role !== null || column.isRest) continue;
      const groups = this.#columns[i]?.groups(rows, (cell) => nameOf(cell, column));
      if (groups) found.push({ by: column.name, isOfClasses: false, ...groups });
    }
    return found;
  }
}

function charactersIn(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count -= 1;
  return count;
}

/** By class: its parent, where class names are paths of several parents. */
function parentsOf(classNames: readonly string[]): { groups: string[]; of: Int32Array } | null {
  const groups: string[] = [];
  const of = Int32Array.from(classNames, (name) => {
    const end = name.lastIndexOf("/");
    if (end <= 0) return -1;
    const parent = name.slice(0, end);
    if (!groups.includes(parent)) groups.push(parent);
    return groups.indexOf(parent);
  });
  return groups.length < 2 ? null : { groups, of };
}

/** A value as it is shown; null for lists and objects. */
function nameOf(cell: string, { encoding }: FileColumn): string | null {
  if (encoding === "text") return cell;
  const value: unknown = JSON.parse(cell);
  return typeof value === "object" ? null : String(value);
}
