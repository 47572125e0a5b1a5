import { EncoderError } from "../../errors.js";
import type { Weight, Weights } from "../../model/parameters.js";
import type { FoldRows, RowShard } from "./fold-rows.js";

const WORDS = "embeddings.word";

/** Rows and weights, restricted to the pieces that occur. */
export interface CompactVocabulary {
  readonly rows: FoldRows;
  readonly weights: Weights;
  /** New id -> id in the whole vocabulary, ascending; id 0 ([PAD]) is always kept as 0. */
  readonly usedIds: Int32Array;
}

/**
 * Renumbers the tokens so that only used ids remain, and cuts the word embeddings to them: an
 * unused row gets no gradient, so this only saves work (Adam touches a fifth of the memory). Reads every
 * shard once. Throws `bad-training-data` when the weights hold no word embeddings.
 */
export async function compactVocabulary(
  rows: FoldRows,
  weights: Weights,
): Promise<CompactVocabulary> {
  const { shape, values } = wordTable(weights);
  const [size, width] = shape as [number, number];
  const newIds = new Int32Array(size).fill(-1);
  newIds[0] = 0;
  for (const shard of rows.texts.keys()) {
    for (const id of (await rows.readShard(shard)).tokens.ids) newIds[id] = 0;
  }
  const usedIds = Int32Array.from(newIds.keys()).filter((id) => newIds[id] === 0);
  usedIds.forEach((id, place) => {
    newIds[id] = place;
  });
  const words = new Float32Array(usedIds.length * width);
  usedIds.forEach((id, place) => {
    words.set(values.subarray(id * width, (id + 1) * width), place * width);
  });
  return {
    rows: renumbered(rows, newIds),
    weights: new Map(weights).set(WORDS, { shape: [usedIds.length, width], values: words }),
    usedIds,
  };
}

function renumbered(rows: FoldRows, newIds: Int32Array): FoldRows {
  const read = async (index: number): Promise<RowShard> => {
    const shard = await rows.readShard(index);
    const { ids, offsets } = shard.tokens;
    return { ...shard, tokens: { ids: Int32Array.from(ids, (id) => newIds[id]!), offsets } };
  };
  if (rows.texts.length > 1) return { ...rows, readShard: read };
  let only: Promise<RowShard> | undefined;
  return {
    ...rows,
    readShard(index) {
      only ??= read(index);
      return only;
    },
  };
}

/** Puts trained rows back among the untouched ones of the whole vocabulary. */
export function expandVocabulary(trained: Weights, usedIds: Int32Array, whole: Weights): Weights {
  const { shape, values } = wordTable(whole);
  const width = shape[1]!;
  const rows = values.slice();
  const own = wordTable(trained).values;
  usedIds.forEach((id, place) => {
    rows.set(own.subarray(place * width, (place + 1) * width), id * width);
  });
  return new Map(trained).set(WORDS, { shape, values: rows });
}

function wordTable(weights: Weights): Weight {
  const table = weights.get(WORDS);
  if (table === undefined)
    throw new EncoderError("bad-training-data", `The weights have no ${WORDS}.`);
  return table;
}
