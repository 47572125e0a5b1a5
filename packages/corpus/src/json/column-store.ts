import { Buffer } from "node:buffer";

/** The values of one column as they stand in the file, in memory. */
export class ColumnStore {
  readonly name: string;
  /** The ids of the values; empty for a list. Shared with the first column while they agree. */
  keys: string[];
  /** Whether its values have no ids. */
  isList = false;
  #ownsKeys: boolean;
  readonly #lines: number[] = [];
  readonly #ends: number[] = [];
  #bytes = Buffer.alloc(1024);
  #positions: Map<string, number> | null = null;

  /** `keys` are those of the first column. */
  constructor(name: string, keys: string[]) {
    this.name = name;
    this.#ownsKeys = keys.length === 0;
    this.keys = keys;
  }

  get length(): number {
    return this.#ends.length;
  }

  /** Adds a value, or null for one that is too long. */
  add(value: Uint8Array | null, line: number, key: string | number | null): void {
    const position = this.length;
    if (typeof key === "string") this.#addKey(key, position);
    else this.isList = true;
    const start = this.#ends.at(-1) ?? 0;
    const end = start + (value?.length ?? 0);
    while (end > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    if (value) this.#bytes.set(value, start);
    this.#ends.push(end);
    this.#lines.push(line);
  }

  line(position: number): number {
    return this.#lines[position] ?? 1;
  }

  /** The value's bytes; empty for one that is too long, null if there is none. */
  at(position: number): Buffer | null {
    if (position < 0 || position >= this.length) return null;
    return this.#bytes.subarray(this.#ends[position - 1] ?? 0, this.#ends[position]);
  }

  /** Where the value of this id is; -1 if there is none. `position` is a likely place. */
  find(key: string, position: number): number {
    if (this.keys[position] === key && position < this.length) return position;
    this.#positions ??= new Map(this.keys.slice(0, this.length).map((name, i) => [name, i]));
    return this.#positions.get(key) ?? -1;
  }

  #addKey(key: string, position: number): void {
    if (!this.#ownsKeys) {
      if (this.keys[position] === key) return;
      this.keys = this.keys.slice(0, position);
      this.#ownsKeys = true;
    }
    this.keys.push(key);
  }
}
