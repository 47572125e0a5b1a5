import { fitSoftmaxRegression, rowsInMemory } from "@winnow/linear";
import { createRandom } from "@winnow/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { modelConfig } from "../../model/config.js";
import { createTokenizer } from "../../text/tokenizer.js";
import { learnVocabulary } from "../../text/vocabulary.js";
import { heldOut } from "./held-out.js";
import { type FitLinearPart, linearPartHere } from "./linear-part.js";
import { trainFold } from "./train.js";

/** Texts whose class depends on the order of two words alone, among random others. */
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
    config: modelConfig({
      preset: { embeddingSize: 16, hiddenSize: 24, heads: 2, intermediateSize: 32, layers: 1 },
      maxLength: 32,
    }),
    vocabularySize: vocabulary.tokens.length,
    tokens: createTokenizer(vocabulary, { maxLength: 32 }).encodeAll(texts),
    labels: Int32Array.from(labels),
    classes: 2,
    trainIndices: all.filter((row) => row % 4 !== 0),
    testIndices: all.filter((row) => row % 4 === 0),
    seed: 4,
  };
}

describe("the linear part", () => {
  beforeAll(() => selectBackend("wasm"));

  it("is averaged with the network: held-out rows get the mean of both models' probabilities", async () => {
    const task = orderTask(200);
    const training = { epochs: 1, batchSize: 16 };
    const fold = (linearPart: boolean) =>
      trainFold({
        ...task,
        training: { ...training, linearPart },
        fitLinearPart: (data) => linearPartHere(fitSoftmaxRegression, data),
      });
    const [network, both] = [await fold(false), await fold(true)];
    expect([network.plan.linearPart, both.plan.linearPart]).toEqual([false, true]);
    const linear = await fitSoftmaxRegression({
      ...{ classes: task.classes, seed: task.seed },
      rows: rowsInMemory({
        ...task,
        targetsOf: (rows) => ({
          targets: Float32Array.from([...rows].flatMap((row) => [1 - (row % 2), row % 2])),
          shares: new Float32Array(rows.length).fill(1 / rows.length),
        }),
      }),
    });
    const own = new Float64Array(2);
    task.testIndices.forEach((row, i) => {
      linear.probabilitiesInto(task.tokens, row, own);
      own.forEach((p, c) => {
        const at = 2 * i + c;
        expect(both.probs[at]).toBeCloseTo((network.probs[at]! + p) / 2, 6);
      });
    });
    expect(both.weights).toEqual(network.weights);
    const judged = heldOut(
      both.probs,
      task.testIndices.map((row) => task.labels[row]!),
      2,
    );
    expect(both.epochs.at(-1)).toMatchObject(judged);
  });

  it("is fitted once: a resumed fold takes it from the checkpoint, and gives the same numbers", async () => {
    const task = orderTask(120);
    const training = { epochs: 3, batchSize: 16, linearPart: true };
    let fitted = 0;
    const fitLinearPart: FitLinearPart = (data) => {
      fitted++;
      return linearPartHere(fitSoftmaxRegression, data);
    };
    const whole = await trainFold({ ...task, training, fitLinearPart });
    let saved: Uint8Array | null = null;
    const abort = new AbortController();
    const checkpoint = {
      load: async () => saved,
      save: async (bytes: Uint8Array) => {
        saved = bytes;
      },
      everySteps: 1000,
    };
    const stopped = trainFold({
      ...task,
      training,
      fitLinearPart,
      checkpoint,
      signal: abort.signal,
      onProgress: ({ epoch }) => epoch === 2 && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    expect(fitted).toBe(2);
    const resumed = await trainFold({ ...task, training, fitLinearPart, checkpoint });
    expect(fitted).toBe(2);
    expect(resumed.probs).toEqual(whole.probs);
    expect(resumed.epochs).toEqual(whole.epochs);
  });

  it("does not keep the network from training, and fails the fold at the next step when it fails", async () => {
    const task = orderTask(120);
    const training = { epochs: 50, batchSize: 16, linearPart: true };
    const steps: number[] = [];
    let fail: (error: Error) => void = () => {};
    const fold = trainFold({
      ...task,
      training,
      fitLinearPart: () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      onProgress({ step }) {
        steps.push(step);
        if (step === 3) fail(new Error("no memory for the linear part"));
      },
    });
    await expect(fold).rejects.toThrow("no memory for the linear part");
    expect(steps.at(-1)).toBeLessThan(6);
  });

  it("is stopped with the fold", async () => {
    const abort = new AbortController();
    let stopped = false;
    const fold = trainFold({
      ...orderTask(120),
      training: { epochs: 5, batchSize: 16, linearPart: true },
      signal: abort.signal,
      fitLinearPart: (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(new Error("stopped"));
          });
        }),
      onProgress: ({ step }) => step === 2 && abort.abort(),
    });
    await expect(fold).rejects.toMatchObject({ code: "cancelled" });
    expect(stopped).toBe(true);
  });

  it("must be passed in if the plan has one", async () => {
    const fold = trainFold({ ...orderTask(40), training: { epochs: 1, linearPart: true } });
    await expect(fold).rejects.toMatchObject({
      code: "bad-training-options",
      message: expect.stringContaining("fitLinearPart"),
    });
  });
});
