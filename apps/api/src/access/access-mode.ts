import { anyApiKey, type Store } from "@winnow/store";

/** So long a process may go on without asking for keys after the very first one was made. */
const noKeysForMs = 1_000;

/**
 * Whether the API asks for keys: from the first key on, for good. That there is none yet is
 * remembered for a second, that there is one for as long as the process lives.
 */
export class AccessMode {
  #locked = false;
  #openUntil = 0;
  #asking: Promise<boolean> | undefined;

  constructor(readonly store: Store) {}

  async asksForKeys(): Promise<boolean> {
    if (this.#locked) return true;
    if (performance.now() < this.#openUntil) return false;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<boolean> {
    this.#locked = await anyApiKey(this.store);
    this.#openUntil = performance.now() + noKeysForMs;
    return this.#locked;
  }
}
