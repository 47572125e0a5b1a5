import { isTransient } from "@winnow/client";

const PAUSE_MS = 2_000;

type Save = (idempotencyKey: string) => Promise<void>;
type Refused = (error: Error) => void | Promise<void>;

/**
 * Saves one after another, in the order in which they were added. While the service is away they
 * wait and are sent again, under the same key, so that none is lost and none is done twice.
 */
export class SaveQueue {
  readonly #onChange: (unsaved: number, isWaiting: boolean) => void;
  readonly #waiting: { readonly save: Save; readonly refused: Refused }[] = [];
  #isRunning = false;

  constructor(onChange: (unsaved: number, isWaiting: boolean) => void) {
    this.#onChange = onChange;
  }

  add(save: Save, refused: Refused): void {
    this.#waiting.push({ save, refused });
    this.#onChange(this.#waiting.length, false);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      await this.#persist(next.save).catch(next.refused);
      this.#waiting.shift();
      this.#onChange(this.#waiting.length, false);
    }
    this.#isRunning = false;
  }

  async #persist(save: Save): Promise<void> {
    const key = newKey();
    for (;;) {
      try {
        return await save(key);
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#onChange(this.#waiting.length, true);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}

const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
