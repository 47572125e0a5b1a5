import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "@winnow/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { modelConfig } from "../../model/config.js";
import { forgetConstants } from "../../operations/constants.js";
import { createTokenizer } from "../../text/tokenizer.js";
import { learnVocabulary } from "../../text/vocabulary.js";
import { pretrain, tokensInMemory } from "./pretrain.js";
import { createPretrainingBatch } from "./pretraining-texts.js";

/** Every text counts upward from some number: masked pieces and the order can be guessed. */
const texts = Array.from({ length: 300 }, (_, i) =>
  Array.from({ length: 6 }, (_, w) => `n${(i + w) % 10}`).join(" "),
);
const vocabulary = learnVocabulary(texts);
const tokens = createTokenizer(vocabulary).encodeAll(texts);
const config = modelConfig({
  preset: { embeddingSize: 16, hiddenSize: 24, heads: 2, intermediateSize: 48, layers: 1 },
  maxLength: 16,
  hiddenDropout: 0,
});

describe("pretraining on the data set's own texts", () => {
  beforeAll(() => selectBackend("wasm"));

  it("learns its tasks, leaves no tensor behind, and is the same twice", async () => {
    forgetConstants();
    const before = tf.memory().numTensors;
    const losses: number[] = [];
    const options = {
      config,
      vocabulary,
      rows: tokensInMemory(tokens),
      seed: 1,
      epochs: 25,
      batchSize: 30,
      learningRate: 5e-3,
    };
    const weights = await pretrain({ ...options, onProgress: ({ loss }) => losses.push(loss) });
    expect(losses).toHaveLength(250);
    const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    // Guessing among ten equally likely words and two orders would give ln 10 + ln 2 = 3.0.
    expect(mean(losses.slice(-10))).toBeLessThan(2.75);
    expect([...weights.keys()].some((name) => /masked|order|classifier/.test(name))).toBe(false);
    expect(weights.get("embeddings.word")?.shape).toEqual([vocabulary.tokens.length, 16]);
    forgetConstants();
    expect(tf.memory().numTensors).toBe(before);
    expect(await pretrain(options)).toEqual(weights);
  });

  it("masks at least one piece of each text, never an end, and records the original", () => {
    const rows = Int32Array.from({ length: 100 }, (_, i) => i);
    const size = vocabulary.tokens.length;
    const batch = createPretrainingBatch(
      tokens,
      rows,
      vocabulary.special,
      size,
      16,
      createRandom(1, "test"),
    );
    const found = new Set(Array.from(batch.places, (place) => Math.floor(place / batch.length)));
    expect(found.size).toBe(100);
    const share = batch.places.length / 600;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
    const asMask = Array.from(batch.places).filter(
      (place) => batch.ids[place] === vocabulary.special["[MASK]"],
    );
    expect(asMask.length / batch.places.length).toBeGreaterThan(0.7);
    batch.originals.forEach((id) => {
      expect(id).toBeGreaterThan(4);
    });
    const swaps = batch.swapped.reduce((sum, bit) => sum + bit, 0);
    expect(swaps).toBeGreaterThan(30);
    expect(swaps).toBeLessThan(70);
  });
});
