import { createRandom } from "@winnow/numeric";
import { modelConfig } from "../../model/config.js";
import { createTokenizer } from "../../text/tokenizer.js";
import { learnVocabulary } from "../../text/vocabulary.js";
import type { TrainFoldOptions } from "./fold-options.js";

// For tests.

/** Texts whose class is given by two of their words; the other words are shared. */
export function smallTask(rows: number): Omit<TrainFoldOptions, "seed"> {
  const random = createRandom(7, "small task");
  const texts: string[] = [];
  const labels: number[] = [];
  for (let i = 0; i < rows; i++) {
    const label = i % 3;
    const words = Array.from({ length: 3 + random.below(6) }, (_, w) =>
      w < 2 ? `topic${label}${random.below(4)}` : `word${random.below(20)}`,
    );
    texts.push(words.sort().join(" "));
    labels.push(label);
  }
  const vocabulary = learnVocabulary(texts, { minCount: 1 });
  const config = modelConfig({
    preset: { embeddingSize: 16, hiddenSize: 24, heads: 2, intermediateSize: 32, layers: 1 },
    maxLength: 32,
  });
  const rowsOf = (test: boolean) =>
    Int32Array.from(labels.keys()).filter((row) => (row % 4 === 0) === test);
  return {
    config,
    vocabularySize: vocabulary.tokens.length,
    classes: 3,
    tokens: createTokenizer(vocabulary, { maxLength: 32 }).encodeAll(texts),
    labels: Int32Array.from(labels),
    trainIndices: rowsOf(false),
    testIndices: rowsOf(true),
    training: { epochs: 3, batchSize: 16, learningRate: 5e-3 },
  };
}
