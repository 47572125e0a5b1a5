import { CorpusError } from "../errors.js";
import { ColumnStore } from "./column-store.js";
import type { JsonVisitor, TakenValue, ValueKind } from "./scanner.js";

/** How much of the columns is held. */
export interface ColumnBounds {
  maxBytes: number;
  maxRows: number;
}

/** Collects the columns of an object of lists, or of objects by id. */
export class ColumnsVisitor implements JsonVisitor {
  readonly columns: ColumnStore[] = [];
  readonly #path: readonly string[];
  readonly #bounds: ColumnBounds;
  #level = -1;
  #bytes = 0;
  #key: string | number | null = null;

  /** `path` leads to the object. */
  constructor(path: readonly string[], bounds: ColumnBounds) {
    this.#path = path;
    this.#bounds = bounds;
  }

  begin(kind: ValueKind, key: string | number | null): "enter" | "take" | "skip" {
    const level = this.#level + 1;
    const last = this.#path.length + 1;
    if (level > last) {
      const column = this.columns.at(-1)!;
      this.#key = key;
      return column.length < this.#bounds.maxRows ? "take" : "skip";
    }
    const isOnPath = level === 0 || level === last || this.#path[level - 1] === key;
    if (!isOnPath || kind === "scalar") return "skip";
    if (level === last)
      this.columns.push(new ColumnStore(String(key), this.columns[0]?.keys ?? []));
    this.#level = level;
    return "enter";
  }

  taken({ bytes, place, isTooLong }: TakenValue): void {
    const column = this.columns.at(-1)!;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bounds.maxBytes) throw this.#tooLarge();
    column.add(isTooLong ? null : bytes, place.line, this.#key);
  }

  end(): void {
    this.#level -= 1;
  }

  #tooLarge(): CorpusError {
    const limit = this.#bounds.maxBytes;
    return new CorpusError(
      "too-large-buffered",
      `A JSON document in columns is held in memory, and this one has more than ${limit} bytes. Write its rows one by one: df.to_json("data.jsonl", orient="records", lines=True).`,
      { limit },
    );
  }
}
