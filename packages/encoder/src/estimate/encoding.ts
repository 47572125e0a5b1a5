import type { EncoderConfig } from "../model/config.js";
import { parameterShapes } from "../model/parameters.js";

/** A process with TensorFlow and a tokenizer. */
const BASE_BYTES = 420e6;
/** The weights as they are read, and as the backend has them. */
const WEIGHT_COPIES = 2;
/** Ids of a batch, and the numbers of a block that are held for each. */
const BATCH_IDS = 2048;
/** Of the cache's index and a set of the texts that were met. */
const TEXT_BYTES = 150;

/** Memory of a process that encodes so many different texts; meant as an upper bound. */
export function encodingBytes(
  config: EncoderConfig,
  vocabularySize: number,
  texts: number,
): number {
  const parameters = [...parameterShapes(config, vocabularySize, 2).values()]
    .map(({ shape }) => shape.reduce((product, side) => product * side, 1))
    .reduce((total, count) => total + count, 0);
  const { hiddenSize: H, intermediateSize: I, heads, maxPositions } = config;
  const batch = BATCH_IDS * (12 * H + 4 * I + 4 * heads * maxPositions);
  return BASE_BYTES + 4 * (WEIGHT_COPIES * parameters + batch) + TEXT_BYTES * texts;
}
