/** More levels than this are no data, and the open brackets would grow without bound. */
const MAX_DEPTH = 100_000;

/** An object or array whose members are visited. */
export class EnteredContainer {
  readonly isObject: boolean;
  readonly depth: number;
  /** The name of the member that comes next. */
  key = "";
  #index = 0;

  constructor(isObject: boolean, depth: number) {
    this.isObject = isObject;
    this.depth = depth;
  }

  /** The name or index of the member that begins. */
  nextKey(): string | number {
    if (this.isObject) return this.key;
    this.#index += 1;
    return this.#index - 1;
  }
}

/** The objects and arrays that are open, and which of them are entered. */
export class OpenContainers {
  #depth = 0;
  /** By depth: 1 for an object, 0 for an array. */
  #kinds = new Uint8Array(64);
  readonly #entered: EnteredContainer[] = [];

  get depth(): number {
    return this.#depth;
  }

  /** Whether the innermost is an object. */
  get isObject(): boolean {
    return this.#kinds[this.#depth - 1] === 1;
  }

  /** The innermost, if it is entered. */
  get entered(): EnteredContainer | undefined {
    const last = this.#entered.at(-1);
    return last?.depth === this.#depth ? last : undefined;
  }

  /** Returns false if there are too many. */
  push(isObject: boolean, isEntered: boolean): boolean {
    if (this.#depth === MAX_DEPTH) return false;
    if (this.#depth === this.#kinds.length) {
      const wider = new Uint8Array(2 * this.#depth);
      wider.set(this.#kinds);
      this.#kinds = wider;
    }
    this.#kinds[this.#depth] = isObject ? 1 : 0;
    this.#depth += 1;
    if (isEntered) this.#entered.push(new EnteredContainer(isObject, this.#depth));
    return true;
  }

  /** Closes the innermost; returns whether it was entered. */
  pop(): boolean {
    const wasEntered = this.entered !== undefined;
    if (wasEntered) this.#entered.pop();
    this.#depth -= 1;
    return wasEntered;
  }
}
