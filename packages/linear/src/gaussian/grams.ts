import { rowsByFold } from "./fold-rows.js";
import { ProductList, ProductThreads } from "./product-threads.js";
import { blocksOf, type Standard, type VectorSource } from "./vectors.js";

/** Columns of a tile, and rows that are read at once. */
const TILE = 64;
const ROWS = 2048;

export interface GramOptions {
  readonly source: VectorSource;
  readonly standard: Standard;
  readonly folds: ArrayLike<number>;
  readonly foldCount: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** V'V of each fold's rows: of the symmetric (d, d) the tiles on and below the diagonal. */
export class FoldGrams {
  readonly #d: number;
  readonly #size: number;
  readonly #folds: number;

  /** `values` are those of all folds, one's behind another's. */
  constructor(
    d: number,
    folds: number,
    readonly values: Float64Array,
  ) {
    this.#d = d;
    this.#folds = folds;
    this.#size = gramCells(d);
  }

  /** Writes the lower triangle of V'V over all folds but one to `out` (d, d). */
  without(fold: number, out: Float64Array): void {
    const d = this.#d;
    const { values } = this;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        let at =
          tileAt(Math.floor(i / TILE), Math.floor(j / TILE)) + (i % TILE) * TILE + (j % TILE);
        let all = 0;
        let own = 0;
        for (let v = 0; v < this.#folds; v++, at += this.#size) {
          all += values[at]!;
          if (v === fold) own = values[at]!;
        }
        out[i * d + j] = all - own;
      }
    }
  }
}

/** Numbers that a fold's V'V takes. */
export function gramCells(d: number): number {
  const tiles = Math.ceil(d / TILE);
  return ((tiles * (tiles + 1)) / 2) * TILE * TILE;
}

const tileAt = (i: number, j: number) => ((i * (i + 1)) / 2 + j) * TILE * TILE;

/** Reads the rows once and adds up V'V by fold. */
export async function foldGrams(options: GramOptions): Promise<FoldGrams> {
  const { source, standard, folds, foldCount, threads, signal, onProgress } = options;
  const { d } = source;
  // While one block's products are added, the next is read into the other's memory.
  const columns = [ProductThreads.shared(d * ROWS), ProductThreads.shared(d * ROWS)];
  const grams = ProductThreads.shared(gramCells(d) * foldCount);
  const pool = new ProductThreads([...columns, grams], threads);
  let adding: Promise<void> | undefined;
  try {
    let at = 0;
    for await (const { start, rows, values } of blocksOf(source, ROWS, signal)) {
      const own = rowsByFold(folds, start, rows, foldCount);
      for (let place = 0; place < rows; place++) {
        standard.write(values, own.order[place]! * d, columns[at]!, place, ROWS);
      }
      const list = new ProductList();
      for (let fold = 0; fold < foldCount; fold++) {
        addTiles(list, at, own.start[fold]!, own.start[fold + 1]!, d, fold * gramCells(d));
      }
      await adding;
      adding = pool.add(list);
      adding.catch(() => {}); // awaited before the next block, and below
      at = 1 - at;
      onProgress?.(start + rows);
    }
    await adding;
  } finally {
    await pool.close();
  }
  return new FoldGrams(d, foldCount, grams);
}

/** The products of a fold's places in a block, tile by tile. */
function addTiles(
  list: ProductList,
  array: number,
  from: number,
  to: number,
  d: number,
  gram: number,
): void {
  if (to === from) return;
  const tiles = Math.ceil(d / TILE);
  const place = (tile: number) => ({ array, at: tile * TILE * ROWS + from, stride: ROWS });
  const width = (tile: number) => Math.min(TILE, d - tile * TILE);
  for (let i = 0; i < tiles; i++) {
    for (let j = 0; j <= i; j++) {
      const out = { array: 2, at: gram + tileAt(i, j), stride: TILE };
      list.add(place(i), width(i), place(j), width(j), to - from, out);
    }
  }
}
