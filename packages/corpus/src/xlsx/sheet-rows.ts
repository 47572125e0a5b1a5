import { numberText } from "./cell-values.js";
import { badXlsx } from "./faults.js";
import type { NumberFormat } from "./number-formats.js";
import { RichText, unescapeText } from "./rich-text.js";
import type { XmlVisitor } from "./xml-events.js";

/** A cell whose value is an error, or a formula that was never calculated. */
export interface CellFault {
  /** "#N/A", or "=A1+B1". */
  shown: string;
  why: string;
}

/** A row of a sheet. */
export interface SheetRow {
  /** From 1, as the spreadsheet counts. */
  line: number;
  /** The values by column from 0. */
  cells: Map<number, string>;
  /** By column. */
  faults: Map<number, CellFault> | null;
  /** Whether its texts are longer than the limit; then the rest of them is missing. */
  isTooLong: boolean;
}

/** What the cells of a sheet refer to. */
export interface CellContext {
  strings: readonly string[];
  formats: readonly NumberFormat[];
  is1904: boolean;
  maxRowLength: number;
}

/** The cell that is being read. */
interface Cell {
  column: number;
  type: string;
  format: NumberFormat;
}

/** What Excel can have; a larger number is a fault of the file. */
const MAX_COLUMNS = 16_384;
const MAX_ROWS = 1_048_576;

const PLAIN: NumberFormat = { kind: "number" };

/** Reads the rows of a worksheet, and passes each on where it ends. */
export class SheetRows implements XmlVisitor {
  readonly #context: CellContext;
  readonly #take: (row: SheetRow) => void;
  readonly #inline = new RichText("is");
  #row: SheetRow | null = null;
  #length = 0;
  #line = 0;
  #cell: Cell | null = null;
  #value: string[] | null = null;
  #formula: string[] | null = null;
  #hasValue = false;
  /** Of the cell's formula; null if it has none. */
  #formulaText: string | null = null;

  constructor(context: CellContext, take: (row: SheetRow) => void) {
    this.#context = context;
    this.#take = take;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "row") this.#openRow(attributes.r);
    else if (name === "c" && this.#row) this.#openCell(attributes);
    else if (!this.#cell) return;
    else if (name === "v") this.#value = [];
    else if (name === "f") this.#formula = [];
    else this.#inline.open(name);
  }

  text(text: string): void {
    if (this.#value) this.#value.push(text);
    else if (this.#formula) this.#formula.push(text.slice(0, 100));
    else this.#inline.add(text);
  }

  close(name: string): void {
    const row = this.#row;
    const cell = this.#cell;
    if (!row) return;
    if (name === "row") {
      this.#row = null;
      this.#take(row);
    } else if (!cell) return;
    else if (name === "c") this.#closeCell(row, cell);
    else if (name === "v" && this.#value) {
      this.#put(row, cell, this.#value.join(""));
      this.#value = null;
    } else if (name === "f" && this.#formula) {
      this.#formulaText = this.#formula.join("");
      this.#formula = null;
    } else {
      const text = this.#inline.close(name);
      if (text !== null) this.#set(row, cell.column, text);
    }
  }

  #openRow(written: string | undefined): void {
    const line = written === undefined ? this.#line + 1 : Number(written);
    if (!Number.isInteger(line) || line <= this.#line || line > MAX_ROWS) {
      throw badXlsx(`row ${written} comes after row ${this.#line}`);
    }
    this.#line = line;
    this.#row = { line, cells: new Map(), faults: null, isTooLong: false };
    this.#length = 0;
    this.#cell = null;
  }

  #openCell({ r, t = "n", s = "0" }: Readonly<Record<string, string>>): void {
    const next = this.#cell ? this.#cell.column + 1 : 0;
    const column = r === undefined ? next : columnOf(r);
    if (column < 0 || column >= MAX_COLUMNS) throw badXlsx(`there is no cell ${r ?? column}`);
    this.#cell = { column, type: t, format: this.#context.formats[Number(s)] ?? PLAIN };
    this.#hasValue = false;
    this.#formulaText = null;
  }

  #closeCell(row: SheetRow, { column }: Cell): void {
    if (this.#formulaText !== null && !this.#hasValue) {
      const why = "a formula without a stored value; open the file in a spreadsheet, and save it";
      this.#fault(row, column, { shown: `=${this.#formulaText}`, why });
    }
  }

  #put(row: SheetRow, { column, type, format }: Cell, written: string): void {
    switch (type) {
      case "s":
        this.#set(row, column, this.#sharedString(written));
        break;
      case "b":
        this.#set(row, column, written === "0" ? "FALSE" : "TRUE");
        break;
      case "e":
        this.#fault(row, column, { shown: written, why: "an error" });
        break;
      case "n":
        this.#set(row, column, numberText(written, format, this.#context.is1904));
        break;
      default:
        this.#set(row, column, unescapeText(written));
    }
  }

  #sharedString(written: string): string {
    const text = this.#context.strings[Number(written)];
    if (text === undefined) throw badXlsx(`there is no text ${written.slice(0, 20)}`);
    return text;
  }

  #set(row: SheetRow, column: number, text: string): void {
    this.#hasValue = true;
    this.#length += text.length;
    row.isTooLong ||= this.#length > this.#context.maxRowLength;
    row.cells.set(column, row.isTooLong ? text.slice(0, 200).toWellFormed() : text);
  }

  #fault(row: SheetRow, column: number, fault: CellFault): void {
    this.#set(row, column, fault.shown);
    row.faults ??= new Map();
    row.faults.set(column, fault);
  }
}

/** The column of a cell's name: A1 is 0, AB7 is 27; -1 for what is no name. */
export function columnOf(name: string): number {
  const letters = /^\$?([A-Za-z]{1,3})\$?\d+$/.exec(name)?.[1];
  if (letters === undefined) return -1;
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** The name of a column: 0 is A, 27 is AB. */
export function nameOfColumn(column: number): string {
  const rest = Math.floor(column / 26);
  return `${rest > 0 ? nameOfColumn(rest - 1) : ""}${String.fromCharCode(65 + (column % 26))}`;
}
