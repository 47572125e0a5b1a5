import type { ColumnChoice } from "../options/column-choice.js";
import type { Cells, ColumnRole, FileColumn } from "../rows/file-column.js";
import { kindOf, typeOf, VALUE_KINDS, type ValueKind } from "./value-kinds.js";

/** Keys beyond so many share one column: files with ids as keys would have one for each row. */
const MAX_COLUMNS = 1000;

/** How many keys are remembered that are not kept. */
const MAX_KEYS = 10_000;

/** The keys of a row's object with their values as JSON. */
export type JsonMembers = Iterable<readonly [key: string, json: string]>;

/** What a file says about a column before its first value. */
export type DeclaredColumn = Pick<FileColumn, "type" | "parquet">;

/**
 * The kept columns of objects, in the order in which their keys first appear, and the cells of a row
 * in their order.
 */
export class ObjectColumns {
  readonly #choice: ColumnChoice;
  readonly #roles: ReadonlyMap<string, ColumnRole>;
  readonly #labelPath: readonly string[];
  readonly #columns: FileColumn[] = [];
  readonly #kinds: number[] = [];
  /** -1 for a key that is not kept. */
  readonly #slots = new Map<string, number>();
  #rest = -1;
  readonly #declared: ReadonlyMap<string, DeclaredColumn>;

  /** `roles` by key; `labelPath` leads to the label if that is inside another value. */
  constructor(
    choice: ColumnChoice,
    roles: ReadonlyMap<string, ColumnRole>,
    labelPath: readonly string[],
    declared: ReadonlyMap<string, DeclaredColumn>,
  ) {
    this.#choice = choice;
    this.#declared = declared;
    this.#roles = roles;
    this.#labelPath = labelPath;
    for (const name of declared.keys()) this.#add(name);
  }

  get count(): number {
    return this.#columns.length;
  }

  /** The columns so far, with the types of the values so far unless the file says them. */
  list(): FileColumn[] {
    return this.#columns.map((column, i) => {
      const declared = this.#declared.get(column.name);
      return { ...column, ...(declared ?? { type: typeOf(this.#kinds[i]!) }) };
    });
  }

  /** Throws CorpusError "column-not-found" for a column that no object had. */
  checkFound(): void {
    this.#choice.checkFound([...this.#slots.keys()]);
  }

  cellsOf(members: JsonMembers): Cells {
    const cells: (string | null)[] = [];
    let rest = "";
    for (const [key, json] of members) {
      const slot = this.#slots.get(key) ?? this.#add(key);
      if (slot < 0) continue;
      if (slot === this.#rest) {
        rest += `${rest === "" ? "" : ","}${JSON.stringify(key)}:${json}`;
        continue;
      }
      while (cells.length <= slot) cells.push(null);
      this.#kinds[slot] = this.#kinds[slot]! | VALUE_KINDS[kindOf(json)];
      cells[slot] = isPlain(json, this.#columns[slot]!.role) ? null : json;
    }
    if (rest !== "") {
      while (cells.length <= this.#rest) cells.push(null);
      cells[this.#rest] = `{${rest}}`;
    }
    return cells;
  }

  #add(key: string): number {
    const role = this.#roles.get(key) ?? null;
    const slot = this.#slotFor(key, role);
    const isNew = slot < 0 ? this.#slots.size < MAX_KEYS : slot !== this.#rest;
    if (isNew) this.#slots.set(key, slot);
    return slot;
  }

  #slotFor(key: string, role: ColumnRole | null): number {
    if (!this.#choice.keeps(key, this.#slots.size) && role === null) return -1;
    if (role === null && this.#columns.length >= MAX_COLUMNS) return this.#restSlot();
    const column: FileColumn = { name: key, type: "json", encoding: "json", role };
    if (role === null && key === this.#labelPath[0]) column.labelPath = this.#labelPath.slice(1);
    return this.#push(column, "null");
  }

  #restSlot(): number {
    if (this.#rest >= 0) return this.#rest;
    let name = "other_columns";
    while (this.#slots.has(name)) name += "_";
    this.#rest = this.#push(
      { name, type: "json", encoding: "json", role: null, isRest: true },
      "json",
    );
    return this.#rest;
  }

  #push(column: FileColumn, kind: ValueKind): number {
    this.#kinds.push(VALUE_KINDS[kind]);
    return this.#columns.push(column) - 1;
  }
}

/** Whether a role's value is the text itself. A blank one is not: the sample then has none. */
function isPlain(json: string, role: ColumnRole | null): boolean {
  return role !== null && json.startsWith('"') && (role === "text" || !/^"\s*"$/.test(json));
}
