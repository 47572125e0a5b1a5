import type { Discriminant } from "./discriminant.js";
import { rowsByFold } from "./fold-rows.js";
import { ProductList, ProductThreads } from "./product-threads.js";
import { blocksOf, type Standard, type VectorSource } from "./vectors.js";

const ROWS = 1024;
const CHUNK = 64;

export interface ScoreOptions {
  readonly source: VectorSource;
  readonly standard: Standard;
  readonly folds: ArrayLike<number>;
  /** By fold. */
  readonly models: readonly Discriminant[];
  readonly k: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Scores of some rows in order, z (rows, k), in memory that the next block overwrites. */
export interface ScoreBlock {
  readonly start: number;
  readonly rows: number;
  readonly z: Float64Array;
}

/** The scores of all rows in order, each by the model of its own fold. */
export async function* scoreBlocks(options: ScoreOptions): AsyncGenerator<ScoreBlock> {
  const { source, standard, folds, models, k, threads, signal } = options;
  const { d } = source;
  const memory = [0, 1].map(() => ProductThreads.shared(ROWS * d));
  const scores = [0, 1].map(() => ProductThreads.shared(ROWS * k));
  const weights = ProductThreads.shared(models.length * k * d);
  models.forEach((model, fold) => {
    weights.set(model.weights, fold * k * d);
  });
  const pool = new ProductThreads([...memory, ...scores, weights], threads);
  const out = new Float64Array(ROWS * k);
  let pending: { adding: Promise<void>; finish: () => ScoreBlock } | undefined;
  try {
    let at = 0;
    for await (const { start, rows, values } of blocksOf(source, ROWS, signal)) {
      const { order, start: places } = rowsByFold(folds, start, rows, models.length);
      const own = scores[at]!;
      for (let place = 0; place < rows; place++) {
        standard.write(values, order[place]! * d, memory[at]!, place * d, 1);
        own.set(models[folds[start + order[place]!]!]!.constants, place * k);
      }
      const list = new ProductList();
      for (let fold = 0; fold < models.length; fold++) {
        for (let from = places[fold]!; from < places[fold + 1]!; from += CHUNK) {
          const count = Math.min(CHUNK, places[fold + 1]! - from);
          const p = { array: at, at: from * d, stride: d };
          const q = { array: 4, at: fold * k * d, stride: d };
          list.add(p, count, q, k, d, { array: 2 + at, at: from * k, stride: k });
        }
      }
      await pending?.adding;
      const adding = pool.add(list);
      adding.catch(() => {}); // awaited before its rows are given
      if (pending !== undefined) yield pending.finish();
      const finish = (): ScoreBlock => {
        for (let place = 0; place < rows; place++) {
          out.set(own.subarray(place * k, (place + 1) * k), order[place]! * k);
        }
        return { start, rows, z: out.subarray(0, rows * k) };
      };
      pending = { adding, finish };
      at = 1 - at;
    }
    await pending?.adding;
    if (pending !== undefined) yield pending.finish();
  } finally {
    await pool.close();
  }
}
