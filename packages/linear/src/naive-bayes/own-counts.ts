import type { Scratch } from "../ngrams/row-store.js";
import type { TextFeatures } from "../ngrams/text-features.js";
import { eachPlace } from "./fold-order.js";
import { findPair, type PairTable, type Real } from "./pair-table.js";
import type { Targets } from "./targets.js";

/** What the rows of each fold add to the counts of the pairs. */
export interface OwnCounts {
  /** Adds what a fold's rows weigh to `own` (pairs). Throws `cancelled`. */
  addTo(fold: number, own: Real): Promise<void>;
}

/** Entries of a block: 96 KB. */
const ENTRIES = 1 << 13;
const WEIGHT_BYTES = 8;
/** What a pair of a fold takes. */
export const ENTRY_BYTES = WEIGHT_BYTES + 4;

class Block {
  readonly bytes = new Uint8Array(ENTRY_BYTES * ENTRIES);
  readonly weights = new Float64Array(this.bytes.buffer, 0, ENTRIES);
  readonly pairs = new Uint32Array(this.bytes.buffer, WEIGHT_BYTES * ENTRIES, ENTRIES);
}

interface FoldEntries {
  /** Full blocks: those in memory, or where they begin in the file. */
  readonly full: (Block | number)[];
  open: Block | undefined;
  used: number;
}

/**
 * The counts as they were found while the pairs were: of each fold its pairs, ascending by feature, with
 * their weights. To read them takes one pass from end to end, where to find the pair of each n-gram of
 * each row takes a place in memory that nothing near it was read from.
 */
export class StoredOwnCounts implements OwnCounts {
  readonly #folds: readonly FoldEntries[];
  readonly #scratch: Scratch | undefined;

  /** Without a file all entries stay in memory. */
  constructor(folds: number, scratch?: Scratch) {
    this.#scratch = scratch;
    this.#folds = Array.from({ length: folds }, () => ({ full: [], open: undefined, used: 0 }));
  }

  /** At most once for each fold and pair. */
  add(fold: number, pair: number, weight: number): void {
    const entries = this.#folds[fold]!;
    entries.open ??= new Block();
    if (entries.used === ENTRIES) {
      if (this.#scratch === undefined) {
        entries.full.push(entries.open);
        entries.open = new Block();
      } else entries.full.push(this.#scratch.append(entries.open.bytes));
      entries.used = 0;
    }
    entries.open.weights[entries.used] = weight;
    entries.open.pairs[entries.used++] = pair;
  }

  async addTo(fold: number, own: Real): Promise<void> {
    const { full, open, used } = this.#folds[fold]!;
    const read = new Block();
    for (const block of full) {
      if (typeof block === "number") this.#scratch!.read(block, read.bytes);
      addBlock(typeof block === "number" ? read : block, ENTRIES, own);
    }
    if (open !== undefined) addBlock(open, used, own);
  }
}

function addBlock({ weights, pairs }: Block, used: number, own: Real): void {
  for (let i = 0; i < used; i++) own[pairs[i]!]! += weights[i]!;
}

/** Whose counts are made. */
export interface CountedRows {
  readonly features: TextFeatures;
  readonly targets: Targets;
  readonly pairs: PairTable;
  /** The places of fold v: `foldStart[v]` to `foldStart[v + 1]`. */
  readonly foldStart: Int32Array;
  readonly signal: AbortSignal | undefined;
}

/** The counts made of the rows at each call, for a model whose pairs were not counted here. */
export function ownCountsOfRows({ features, targets, pairs, ...rows }: CountedRows): OwnCounts {
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  return {
    async addTo(fold, own) {
      const [from, to] = [rows.foldStart[fold]!, rows.foldStart[fold + 1]!];
      await eachPlace(features, rows.signal, from, to, (row, place) => {
        const found = targets.read(row, classes, weights);
        const { ids, values, count } = features.at(place);
        for (let i = 0; i < count; i++) {
          for (let c = 0; c < found; c++) {
            own[findPair(pairs, ids[i]!, classes[c]!)]! += weights[c]! * values[i]!;
          }
        }
      });
    },
  };
}
