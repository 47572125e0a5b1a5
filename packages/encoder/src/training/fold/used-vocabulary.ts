import { EncoderError } from "../../errors.js";
import type { Weight, Weights } from "../../model/parameters.js";
import type { TokenTable } from "../../text/tokenizer.js";

const WORDS = "embeddings.word";

/** A data set's texts and weights, restricted to the vocabulary rows that occur. */
export interface CompactVocabulary {
  readonly tokens: TokenTable;
  readonly weights: Weights;
  /** New id -> id in the whole vocabulary, ascending; id 0 ([PAD]) is always kept as 0. */
  readonly usedIds: Int32Array;
}

/**
 * Renumbers the tokens so that only used ids remain, and cuts the word embeddings to them: an
 * unused row gets no gradient, so this only saves work (Adam touches a fifth of the memory). Throws
 * `bad-training-data` when the weights hold no word embeddings.
 */
export function compactVocabulary(tokens: TokenTable, weights: Weights): CompactVocabulary {
  const { shape, values } = wordTable(weights);
  const [size, width] = shape as [number, number];
  const newIds = new Int32Array(size).fill(-1);
  newIds[0] = 0;
  for (const id of tokens.ids) newIds[id] = 0;
  const usedIds = Int32Array.from(newIds.keys()).filter((id) => newIds[id] === 0);
  usedIds.forEach((id, place) => {
    newIds[id] = place;
  });
  const rows = new Float32Array(usedIds.length * width);
  usedIds.forEach((id, place) => {
    rows.set(values.subarray(id * width, (id + 1) * width), place * width);
  });
  const ids = new Int32Array(tokens.ids.length);
  tokens.ids.forEach((id, i) => {
    ids[i] = newIds[id]!;
  });
  return {
    tokens: { ids, offsets: tokens.offsets },
    weights: new Map(weights).set(WORDS, { shape: [usedIds.length, width], values: rows }),
    usedIds,
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
