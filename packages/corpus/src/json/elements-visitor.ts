import type { JsonVisitor, TakenValue, ValueKind } from "./scanner.js";

/** Passes on the elements of the list, or the members of the object, at the end of a path. */
export class ElementsVisitor implements JsonVisitor {
  readonly #path: readonly string[];
  readonly #take: (value: TakenValue, key: string | number) => void;
  #level = -1;
  #key: string | number = 0;

  constructor(path: readonly string[], take: (value: TakenValue, key: string | number) => void) {
    this.#path = path;
    this.#take = take;
  }

  begin(kind: ValueKind, key: string | number | null): "enter" | "take" | "skip" {
    if (key !== null && this.#level === this.#path.length) {
      this.#key = key;
      return "take";
    }
    const isOnPath = key === null || this.#path[this.#level] === key;
    if (!isOnPath || kind === "scalar") return "skip";
    this.#level += 1;
    return "enter";
  }

  taken(value: TakenValue): void {
    this.#take(value, this.#key);
  }

  end(): void {
    this.#level -= 1;
  }
}
