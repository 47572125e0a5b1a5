import { CorpusError } from "../errors.js";

/** Class names with their indexes, in the order of their first use. */
export class ClassTable {
  readonly names: string[] = [];
  readonly #indexes = new Map<string, number>();

  readonly #maxClasses: number;

  constructor(maxClasses: number, names: readonly string[] = []) {
    this.#maxClasses = maxClasses;
    for (const name of names) this.indexOf(name);
  }

  /** The index of a class; a new class is added. Throws CorpusError "too-many-classes". */
  indexOf(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.#maxClasses) {
      throw new CorpusError(
        "too-many-classes",
        `More than ${this.#maxClasses} different labels. Is the label column the right one?`,
        { limit: this.#maxClasses },
      );
    }
    this.names.push(name);
    this.#indexes.set(name, this.names.length - 1);
    return this.names.length - 1;
  }
}
