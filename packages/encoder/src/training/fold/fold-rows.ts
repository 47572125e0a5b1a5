import type { TokenTable } from "../../text/tokenizer.js";
import { classCountsOf, type SoftTargets } from "../steps/targets.js";

// Also read by the thread that fits the linear part: nothing here loads TensorFlow.

/** Rows of a fold that are in memory together: all of them, or a shard. */
export interface RowShard {
  readonly tokens: TokenTable;
  /** Given class indices, (texts). */
  readonly labels: Int32Array;
  readonly softTargets?: SoftTargets | undefined;
  /** Places of the training rows among the shard's texts. */
  readonly trainIndices: Int32Array;
  readonly testIndices: Int32Array;
  /** The place of each test row among the fold's held-out rows, (testIndices.length). */
  readonly testPlaces: Int32Array;
}

/** The rows of a fold in shards, each a random draw of the data set, of which one is in memory at a time. */
export interface FoldRows {
  /** Texts, and training rows among them, of each shard. */
  readonly texts: readonly number[];
  readonly trainRows: readonly number[];
  /** Training rows of each class, (C). */
  readonly classCounts: Float64Array;
  /** Given class indices of the held-out rows, in the order of their probabilities. */
  readonly testLabels: Int32Array;
  /** Tokens of all texts together, and those of the longest. */
  readonly tokenCount: number;
  readonly longestText: number;
  /** What decides the content of all shards: a checkpoint belongs to a run with the same. */
  readonly identity: readonly ArrayBufferView[];
  readShard(shard: number): Promise<RowShard>;
}

/** A fold whose rows are all in memory. */
export interface WholeFold {
  readonly classes: number;
  readonly tokens: TokenTable;
  readonly labels: Int32Array;
  readonly softTargets?: SoftTargets;
  readonly trainIndices: Int32Array;
  readonly testIndices: Int32Array;
}

/** All rows of a data set as one shard. */
export function wholeRows(data: WholeFold): FoldRows {
  const { tokens, labels, softTargets, trainIndices, testIndices, classes } = data;
  const shard: RowShard = {
    ...{ tokens, labels, softTargets, trainIndices, testIndices },
    testPlaces: Int32Array.from(testIndices.keys()),
  };
  return {
    texts: [labels.length],
    trainRows: [trainIndices.length],
    classCounts: classCountsOf(labels, trainIndices, classes),
    testLabels: testIndices.map((row) => labels[row]!),
    tokenCount: tokens.ids.length,
    longestText: longestText(tokens),
    identity: [
      ...[tokens.ids, tokens.offsets, labels, trainIndices, testIndices],
      ...Object.values(softTargets ?? {}),
    ],
    readShard: async () => shard,
  };
}

export const trainRowsOf = ({ trainRows }: Pick<FoldRows, "trainRows">): number =>
  trainRows.reduce((sum, rows) => sum + rows, 0);

/** Tokens of the longest text; at least 1. */
function longestText({ offsets }: TokenTable): number {
  let longest = 1;
  for (let text = 0; text + 1 < offsets.length; text++) {
    longest = Math.max(longest, offsets[text + 1]! - offsets[text]!);
  }
  return longest;
}
