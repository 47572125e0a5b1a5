import type { CorpusWarning } from "../rows/corpus-warning.js";
import type { LabelValue } from "../rows/raw-row.js";
import type { NamesOfColumn } from "./column-names.js";
import { shownName } from "./shown-name.js";

/** A label as text, or why there is none. */
export type TextOfLabel =
  | { ok: true; text: string }
  | { ok: false; reason: "empty-label" | "unknown-label"; detail: string };

/** "3", and the "3.0" that a table library writes for a column of numbers with gaps. */
const INDEX = /^(-?\d{1,9})(?:\.0+)?$/;

/** How `datasets` writes that a row has no label. */
const NO_LABEL = -1;

/** Turns the values of a label column into class names, by the names that are known for it. */
export class LabelNames {
  readonly #indexes: readonly string[];
  readonly #names: ReadonlySet<string>;
  /** Borrowed names are for numbers alone: the column's texts name classes of their own. */
  readonly #borrowed: boolean;
  readonly #given: boolean;
  readonly #replaced: readonly string[] | undefined;
  /** The first texts that could be a name or an index, and numbers likewise. */
  #unclearText: string | null = null;
  #unclearNumber: number | null = null;

  constructor({ classes, indexes = [], given, replaced }: NamesOfColumn) {
    this.#borrowed = classes === undefined;
    this.#indexes = indexes;
    this.#names = new Set(indexes.map((name) => name.trim()));
    this.#given = given;
    this.#replaced = replaced;
  }

  /** The name that a value stands for; a value that is neither name nor index stays as it is. */
  textOf(value: LabelValue): TextOfLabel {
    if (this.#indexes.length === 0) return { ok: true, text: String(value) };
    switch (typeof value) {
      case "string":
        return this.#ofText(value);
      case "boolean":
        return this.#ofBoolean(value);
      default:
        return this.#ofNumber(Number(value), String(value));
    }
  }

  /** What a reader should know about names and indexes. */
  warnings(): CorpusWarning[] {
    const warnings: CorpusWarning[] = [];
    const warn = (message: string) => warnings.push({ code: "ambiguous-label-names", message });
    const text = this.#unclearText;
    if (text !== null) {
      const other = shownName(this.#indexes[Number(text)]!);
      warn(
        `Labels such as ${shownName(text)} are a name of labelNames and also the index of another name (${other}). They were read as names. If they are indexes, leave labelNames out and rename them with aliases.`,
      );
    }
    const number = this.#unclearNumber;
    if (number !== null) {
      const name = shownName(this.#indexes[number]!);
      warn(
        `Numbers such as ${number} are indexes of labelNames: ${number} was read as ${name}, although "${number}" is a name too. If the numbers are names, leave labelNames out or write them as texts.`,
      );
    }
    if (this.#replaced) {
      const [own, name] = [this.#replaced, this.#indexes];
      const at = Math.max(
        0,
        own.findIndex((one, i) => one !== name[i]),
      );
      warnings.push({
        code: "label-names-replaced",
        message: `The file has class names of its own, and labelNames replaced them by index: ${at} is ${shownName(name[at] ?? "none")}, no longer ${shownName(own[at] ?? "none")}.`,
      });
    }
    return warnings;
  }

  #ofText(text: string): TextOfLabel {
    const name = text.trim();
    const index = this.#borrowed ? null : INDEX.exec(name);
    if (!index) return { ok: true, text };
    const at = Number(index[1]);
    if (this.#names.has(name)) {
      const other = this.#indexes[at];
      if (this.#given && other !== undefined && other.trim() !== name) this.#unclearText ??= name;
      return { ok: true, text };
    }
    if (at === NO_LABEL) return noLabel();
    const found = this.#indexes[at];
    return found === undefined ? this.#outOfRange(name) : { ok: true, text: found };
  }

  #ofNumber(at: number, written: string): TextOfLabel {
    if (at === NO_LABEL) return noLabel();
    const name = this.#indexes[at];
    if (name === undefined) return this.#outOfRange(written);
    if (this.#given && this.#names.has(written) && name.trim() !== written) {
      this.#unclearNumber ??= at;
    }
    return { ok: true, text: name };
  }

  /** The name true or false in any case, else of two classes the second or the first. */
  #ofBoolean(value: boolean): TextOfLabel {
    const written = String(value);
    const named = this.#indexes.find((name) => name.trim().toLowerCase() === written);
    if (named !== undefined) return { ok: true, text: named };
    if (this.#indexes.length === 2) return { ok: true, text: this.#indexes[Number(value)]! };
    const detail = `${written} is none of the ${this.#indexes.length} class names`;
    return { ok: false, reason: "unknown-label", detail };
  }

  #outOfRange(written: string): TextOfLabel {
    const { length } = this.#indexes;
    const shown = written.slice(0, 80);
    const detail = `${shown} is no index of the ${length} class names (0 to ${length - 1})`;
    return { ok: false, reason: "unknown-label", detail };
  }
}

function noLabel(): TextOfLabel {
  return { ok: false, reason: "empty-label", detail: "the index -1 stands for no label" };
}
