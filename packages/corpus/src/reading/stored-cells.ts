import { jsonOfValue } from "../formats/json-value.js";
import type { Cells, ColumnRole, FileColumn } from "../rows/file-column.js";
import type { RawRow } from "../rows/raw-row.js";

/** What became of a row's labels; null: it has no true label. */
interface Labels {
  readonly label: string;
  readonly trueLabel: string | null;
}

/**
 * Makes a row's cells those that are stored: in the columns of roles only what the sample does not
 * say itself, such as a label of which the policy kept a part.
 */
export class StoredCells {
  #columns: readonly FileColumn[] = [];
  #slots = new Map<ColumnRole, number>();
  /** null: a row writes the class as it is named. */
  readonly #spellings = new Map<string, string | null>();

  get columns(): readonly FileColumn[] {
    return this.#columns;
  }

  setColumns(columns: readonly FileColumn[]): void {
    this.#columns = columns;
    this.#slots = new Map(columns.flatMap(({ role }, i) => (role ? [[role, i] as const] : [])));
  }

  /** How the file writes the labels of a class, where that is not its name: by name. */
  get labelCells(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#spellings].flatMap(([name, cell]) => (cell === null ? [] : [[name, cell]])),
    );
  }

  /** Takes the label of a row that has no other one, as an example of its class. */
  spell(raw: RawRow["label"], name: string): void {
    const known = this.#spellings.get(name);
    if (known === null || (known !== undefined && raw !== name)) return;
    this.#spellings.set(name, raw === name ? null : this.#labelCell(raw));
  }

  #labelCell(raw: RawRow["label"]): string | null {
    const slot = this.#slots.get("label");
    const column =
      slot === undefined ? this.#columns.find(({ labelPath }) => labelPath) : this.#columns[slot];
    if (column?.encoding === "json") return jsonOfValue(raw);
    return typeof raw === "string" ? raw : null;
  }

  /** undefined if nothing is to be stored. */
  of({ cells, label, trueLabel, votes }: RawRow, resolved: Labels): Cells | undefined {
    if (!cells) return undefined;
    // Where annotators vote, the label in the row is at most one of theirs.
    let stored = votes
      ? cells.map((cell, i) => (i === this.#slots.get("label") ? null : cell))
      : this.#with(cells, "label", label, resolved.label);
    stored = this.#with(stored, "trueLabel", trueLabel || null, resolved.trueLabel);
    let length = stored.length;
    while (length > 0 && stored[length - 1] === null) length -= 1;
    if (length === 0) return undefined;
    return length === stored.length ? stored : stored.slice(0, length);
  }

  #with(cells: Cells, role: ColumnRole, raw: RawRow["label"] | null, kept: string | null): Cells {
    if (raw === kept || typeof raw !== "string") return cells;
    const slot = this.#slots.get(role);
    if (slot === undefined || (cells[slot] ?? null) !== null) return cells;
    const changed = Array.from(
      { length: Math.max(cells.length, slot + 1) },
      (_, i) => cells[i] ?? null,
    );
    changed[slot] = this.#columns[slot]?.encoding === "json" ? JSON.stringify(raw) : raw;
    return changed;
  }
}
