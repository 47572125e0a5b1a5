import { foldName } from "./fold-name.js";

/** Labels above so many spellings stay as they are; the limit on classes comes long before. */
const MAX_SPELLINGS = 65_536;

/**
 * The spellings that name classes. With `normalize`, names that nearly agree are one class, which
 * the first of them names; without, each spelling is a class.
 */
export class Spellings {
  readonly #first: Map<string, string> | null;

  constructor(normalize: boolean | undefined) {
    this.#first = normalize ? new Map() : null;
  }

  /** Equal for all spellings of a name. */
  key(name: string): string {
    return this.#first ? foldName(name) : name;
  }

  /** The name of the class that a label in this spelling belongs to. */
  of(name: string): string {
    if (!this.#first) return name;
    const key = foldName(name);
    const first = this.#first.get(key);
    if (first !== undefined) return first;
    if (this.#first.size < MAX_SPELLINGS) this.#first.set(key, name);
    return name;
  }
}
