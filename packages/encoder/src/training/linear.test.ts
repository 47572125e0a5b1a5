import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { modelConfig } from "../model/config.js";
import { createRandom } from "../numeric/random.js";
import { NgramFeatures } from "../text/text-ngrams.js";
import { createTokenizer, type TokenTable } from "../text/tokenizer.js";
import { learnVocabulary } from "../text/vocabulary.js";
import { mostFeatures, trainLinear } from "./linear.js";
import { heldOut, trainFold } from "./train.js";

/** Rows of pieces as the tokenizer makes them: [CLS] pieces [SEP]. */
function table(...texts: number[][]): TokenTable {
  const rows = texts.map((pieces) => [2, ...pieces, 3]);
  const offsets = [0];
  for (const row of rows) offsets.push((offsets.at(-1) as number) + row.length);
  return { ids: Int32Array.from(rows.flat()), offsets: Int32Array.from(offsets) };
}

/** Two words, of which the order alone tells the class, amid others. */
function orderTask(rows: number) {
  const random = createRandom(3, "order");
  const texts: string[] = [];
  const labels: number[] = [];
  for (let i = 0; i < rows; i++) {
    const label = i % 2;
    const pair = label === 0 ? ["left", "right"] : ["right", "left"];
    const before = Array.from({ length: random.below(4) }, () => `w${random.below(12)}`);
    texts.push([...before, ...pair, `w${random.below(12)}`].join(" "));
    labels.push(label);
  }
  const vocabulary = learnVocabulary(texts, { minCount: 1 });
  const all = Int32Array.from(labels.keys());
  return {
    vocabularySize: vocabulary.tokens.length,
    tokens: createTokenizer(vocabulary, { maxLength: 32 }).encodeAll(texts),
    labels: Int32Array.from(labels),
    classes: 2,
    trainIndices: all.filter((row) => row % 4 !== 0),
    testIndices: all.filter((row) => row % 4 === 0),
    targetsOf: (rows: Int32Array) => ({
      targets: Float32Array.from([...rows].flatMap((row) => [1 - (row % 2), row % 2])),
      shares: new Float32Array(rows.length).fill(1 / rows.length),
    }),
  };
}

/** The linear model's own probabilities: twice its mean with none. */
async function linearAlone(task: ReturnType<typeof orderTask>, seed: number) {
  const model = await trainLinear({ ...task, seed });
  const half = new Float32Array(task.testIndices.length * task.classes);
  model.averageInto(half, task.testIndices);
  return half.map((p) => 2 * p);
}

describe("features of n-grams", () => {
  it("are TF-IDF of those in two texts and more, with length 1", () => {
    const tokens = table([7, 7, 8], [7, 9], [8, 9, 10]);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1, 2), 100);
    expect(features.size).toBe(3); // 7, 8 and 9; no longer one is met twice
    const { columns, values, count } = features.of(0);
    const idf = 1 + Math.log(4 / 3);
    const [seven, eight] = [(1 + Math.log(2)) * idf, idf];
    const length = Math.hypot(seven, eight);
    expect(count).toBe(2);
    expect(new Set(columns.subarray(0, 2)).size).toBe(2);
    expect([...values.subarray(0, 2)]).toEqual([
      expect.closeTo(seven / length, 12),
      expect.closeTo(eight / length, 12),
    ]);
  });

  it("tell pairs and triples by their order, and never look across texts or at their ends", () => {
    const tokens = table([7, 8, 9], [7, 8, 9], [9, 8, 7], [8], []);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1, 2, 3, 4), 100);
    expect(features.size).toBe(3 + 2 + 1);
    expect([0, 2, 3, 4].map((row) => features.of(row).count)).toEqual([6, 3, 1, 0]);
  });

  it("are the most common ones where there is no room for all", () => {
    const tokens = table([7, 8], [9, 7], [7, 10], [8, 11], [7, 9]);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1, 2, 3, 4), 1);
    expect(features.size).toBe(1);
    expect([0, 3].map((row) => features.of(row).count)).toEqual([1, 0]);
    expect(mostFeatures(428) * 428 * 4).toBeLessThan(65e6);
  });

  it("come from the training rows alone", () => {
    const tokens = table([7], [7], [8], [8]);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1), 100);
    expect([1, 2].map((row) => features.of(row).count)).toEqual([1, 0]);
  });
});

describe("the linear part", () => {
  beforeAll(() => selectBackend("wasm"));

  it("learns what the order of two words says, the same for the same seed", async () => {
    const task = orderTask(600);
    const probs = await linearAlone(task, 1);
    const { heldOutAccuracy } = heldOut(probs, task.labels, task.testIndices, 2);
    expect(heldOutAccuracy).toBeGreaterThan(0.98);
    expect(await linearAlone(task, 1)).toEqual(probs);
    expect(await linearAlone(task, 2)).not.toEqual(probs);
  });

  it("is averaged with the network: held-out rows get the mean of both models' probabilities", async () => {
    const { targetsOf: _, ...task } = orderTask(200);
    const config = modelConfig({
      preset: { embeddingSize: 16, hiddenSize: 24, heads: 2, intermediateSize: 32, layers: 1 },
      maxLength: 32,
    });
    const training = { epochs: 1, batchSize: 16 };
    const fold = (linearPart: boolean) =>
      trainFold({ ...task, config, seed: 4, training: { ...training, linearPart } });
    const [network, both, linear] = [
      await fold(false),
      await fold(true),
      await linearAlone(orderTask(200), 4),
    ];
    expect([network.plan.linearPart, both.plan.linearPart]).toEqual([false, true]);
    both.probs.forEach((p, i) => {
      expect(p).toBeCloseTo(((network.probs[i] as number) + (linear[i] as number)) / 2, 6);
    });
    expect(both.weights).toEqual(network.weights);
    const judged = heldOut(both.probs, task.labels, task.testIndices, 2);
    expect(both.epochs.at(-1)).toMatchObject(judged);
  });

  it("is cancelled with the training", async () => {
    const signal = AbortSignal.abort();
    const cancelled = trainLinear({ ...orderTask(40), seed: 1, signal });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  });
});
