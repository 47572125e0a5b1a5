import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { addProducts } from "./products.js";

/** Places in a list of products: which array, where a row starts, how far to the next; and sizes. */
const FIELDS = 12;

/** A matrix in one of the arrays that a pool knows. */
export interface Place {
  readonly array: number;
  readonly at: number;
  readonly stride: number;
}

/** Products to add, each to places of its own: their order does not matter. */
export class ProductList {
  readonly #numbers: number[] = [];

  add(p: Place, rows: number, q: Place, columns: number, length: number, out: Place): void {
    const { array, at, stride } = p;
    this.#numbers.push(array, at, stride, rows, q.array, q.at, q.stride, columns, length);
    this.#numbers.push(out.array, out.at, out.stride);
  }

  /** One thread's share: every `of`-th product. */
  share(part: number, of: number): Int32Array {
    const products = this.#numbers.length / FIELDS;
    const own = new Int32Array(Math.ceil((products - part) / of) * FIELDS);
    for (let i = part, to = 0; i < products; i += of, to += FIELDS) {
      for (let f = 0; f < FIELDS; f++) own[to + f] = this.#numbers[i * FIELDS + f]!;
    }
    return own;
  }
}

/** Adds the products of a list, over arrays by their number. */
export function addList(arrays: readonly Float64Array[], list: Int32Array): void {
  for (let i = 0; i < list.length; i += FIELDS) {
    const place = (from: number) => ({
      values: arrays[list[from]!]!,
      at: list[from + 1]!,
      stride: list[from + 2]!,
    });
    const [rows, columns, length] = [list[i + 3]!, list[i + 7]!, list[i + 8]!];
    addProducts(place(i), rows, place(i + 4), columns, length, place(i + 9));
  }
}

/**
 * Adds products on threads over arrays in shared memory, or in this thread if `threads` is 1. Each
 * sum is one thread's, in one order: the result does not depend on the number of threads.
 */
export class ProductThreads {
  readonly #arrays: readonly Float64Array[];
  readonly #workers: readonly Worker[];
  #failure: Error | undefined;
  #isClosed = false;

  constructor(arrays: readonly Float64Array[], threads: number) {
    this.#arrays = arrays;
    this.#workers = Array.from({ length: threads > 1 ? threads : 0 }, () => {
      const worker = new Worker(new URL("./product-worker.js", import.meta.url), {
        workerData: arrays,
      });
      // One more listener for each list that is under way.
      worker.setMaxListeners(0);
      worker.on("error", (error) => {
        this.#failure = error;
      });
      return worker;
    });
  }

  /** Numbers that threads can share; of no length they need not. */
  static shared(length: number): Float64Array {
    return new Float64Array(new SharedArrayBuffer(8 * length));
  }

  /** Resolves when all products of the list are added. */
  async add(list: ProductList): Promise<void> {
    if (this.#workers.length === 0) {
      addList(this.#arrays, list.share(0, 1));
      await setImmediate();
      return;
    }
    const of = this.#workers.length;
    await Promise.all(this.#workers.map((worker, part) => this.#ask(worker, list.share(part, of))));
  }

  /** Ends the threads; call it however the work ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #ask(worker: Worker, list: Int32Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (fault?: Error) => {
        worker.off("message", onMessage).off("exit", onExit);
        if (fault === undefined) resolve();
        else reject(fault);
      };
      const onMessage = () => end();
      const onExit = () => {
        if (this.#isClosed) end();
        else end(this.#failure ?? new Error("a thread ended before its products were added"));
      };
      worker.once("message", onMessage).once("exit", onExit);
      worker.postMessage(list, [list.buffer as ArrayBuffer]);
    });
  }
}
