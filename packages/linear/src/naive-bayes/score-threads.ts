import { Worker } from "node:worker_threads";
import type { NaiveBayes } from "./naive-bayes.js";
import { type ScoreBlock, scoreBlock } from "./scores.js";

/** Rows that a thread scores at once. */
const ROWS = 256;
/** Blocks for each thread: while it scores one, the next waits. */
const BLOCKS = 2;

interface Slot {
  readonly worker: Worker | undefined;
  readonly ends: Int32Array;
  ids: Int32Array;
  values: Float64Array;
  readonly z: Float64Array;
  /** Settles the block that is being scored. */
  done: ((fault?: Error) => void) | undefined;
}

interface Waiting {
  readonly rows: readonly number[];
  readonly slot: Slot;
  readonly scored: Promise<void>;
}

/**
 * Scores of a model's folds on other threads, or in this one without any. This thread reads the rows
 * and takes their scores in order: the result does not depend on the number of threads.
 */
export class ScoreThreads {
  readonly #model: NaiveBayes;
  readonly #slots: readonly Slot[];
  readonly #workers: readonly Worker[];
  /** Slots that hold no rows: those of other threads, and of this one. */
  readonly #free: Slot[] = [];
  readonly #own: Slot[] = [];

  /** `threads` counts this one. */
  constructor(model: NaiveBayes, threads: number) {
    this.#model = model;
    const slotOf = (worker: Worker | undefined): Slot => ({
      worker,
      ends: new Int32Array(shared(4 * (ROWS + 1))),
      ids: new Int32Array(0),
      values: new Float64Array(0),
      z: new Float64Array(shared(8 * ROWS * model.k)),
      done: undefined,
    });
    this.#workers = Array.from({ length: Math.max(0, threads - 1) }, () => this.#open());
    this.#free = this.#workers.flatMap((worker) =>
      Array.from({ length: BLOCKS }, () => slotOf(worker)),
    );
    this.#own = Array.from({ length: this.#workers.length > 0 ? BLOCKS : 1 }, () =>
      slotOf(undefined),
    );
    this.#slots = [...this.#free, ...this.#own];
  }

  /**
   * Gives the scores of the open fold's rows to `use`, in the rows' order; as probabilities, if the
   * temperature is known. Calls `onBlock` often enough for the threads' answers to come in.
   */
  async eachScore(
    fold: number,
    temperature: number | undefined,
    use: (row: number, z: Float64Array) => void,
    onBlock: (rows: number) => Promise<void>,
  ): Promise<void> {
    const { k } = this.#model;
    const waiting: Waiting[] = [];
    const take = async () => {
      const { rows, slot, scored } = waiting.shift()!;
      await scored;
      for (const [i, row] of rows.entries()) use(row, slot.z.subarray(i * k, (i + 1) * k));
      (slot.worker === undefined ? this.#own : this.#free).push(slot);
      await onBlock(rows.length);
    };
    for (const rows of chunks(this.#model.rowsOf(fold))) {
      while (waiting.length > 0 && waiting[0]!.slot.done === undefined) await take();
      // Where all other threads are busy, this one scores too.
      let slot = this.#free.pop() ?? this.#own.pop();
      while (slot === undefined) {
        await take();
        slot = this.#free.pop() ?? this.#own.pop();
      }
      const scored = this.#score(this.#read(rows, slot), rows.length, temperature);
      scored.catch(() => {}); // awaited when its rows are taken
      waiting.push({ rows, slot, scored });
    }
    while (waiting.length > 0) await take();
  }

  /** Ends the threads; call it however the work ends. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #open(): Worker {
    const worker = new Worker(new URL("./score-worker.js", import.meta.url), {
      workerData: this.#model.tables,
    });
    const own = () => this.#slots.filter((slot) => slot.worker === worker);
    let failure = new Error("a thread ended before its rows were scored");
    worker.on("error", (error) => {
      failure = error;
    });
    worker.on("exit", () => {
      for (const { done } of own()) done?.(failure);
    });
    worker.on("message", (slot: number) => this.#slots[slot]!.done?.());
    return worker;
  }

  async #score(slot: Slot, rows: number, temperature: number | undefined): Promise<void> {
    const { ends, ids, values, z } = slot;
    const block: ScoreBlock = { rows, ends, ids, values, z, temperature };
    if (slot.worker === undefined) {
      scoreBlock(this.#model.tables, block);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      slot.done = (fault) => {
        slot.done = undefined;
        if (fault === undefined) resolve();
        else reject(fault);
      };
      slot.worker!.postMessage({ slot: this.#slots.indexOf(slot), block });
    });
  }

  /** Writes the rows' features to the slot. */
  #read(rows: readonly number[], slot: Slot): Slot {
    const { features } = this.#model;
    let end = 0;
    for (const [i, row] of rows.entries()) {
      const { ids, values, count } = features.at(features.placeOf(row));
      if (end + count > slot.ids.length) {
        const more = 2 * (end + count);
        slot.ids = grown(slot.ids, new Int32Array(shared(4 * more)));
        slot.values = grown(slot.values, new Float64Array(shared(8 * more)));
      }
      for (let f = 0; f < count; f++) {
        slot.ids[end + f] = ids[f]!;
        slot.values[end + f] = values[f]!;
      }
      end += count;
      slot.ends[i + 1] = end;
    }
    return slot;
  }
}

const shared = (bytes: number) => new SharedArrayBuffer(bytes);

function grown<T extends Int32Array | Float64Array>(values: T, more: T): T {
  more.set(values);
  return more;
}

function* chunks(rows: Iterable<number>): Iterable<number[]> {
  let chunk: number[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < ROWS) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
