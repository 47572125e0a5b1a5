import { anyApiKey, type Store } from "@winnow/store";

/** After the very first key was created, a process may serve requests without keys for this long. */
const RECHECK_MS = 1_000;

/**
 * Whether the API requires keys: permanently, once the first key exists. "None yet" is cached for a
 * second, "there is one" for the life of the process.
 */
export class AccessMode {
  #hasKeys = false;
  #openUntilMs = 0;
  #query: Promise<boolean> | undefined;

  constructor(readonly store: Store) {}

  async requiresKeys(): Promise<boolean> {
    if (this.#hasKeys) return true;
    if (performance.now() < this.#openUntilMs) return false;
    this.#query ??= this.#readKeys().finally(() => {
      this.#query = undefined;
    });
    return this.#query;
  }

  async #readKeys(): Promise<boolean> {
    this.#hasKeys = await anyApiKey(this.store);
    this.#openUntilMs = performance.now() + RECHECK_MS;
    return this.#hasKeys;
  }
}
