import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { forgetConstants } from "../../operations/constants.js";
import { smallTask } from "./small-task.js";
import { trainFold } from "./train.js";

const MEGABYTE = 2 ** 20;

function memoryStore() {
  let saved: Uint8Array | null = null;
  return {
    load: async () => saved,
    save: async (bytes: Uint8Array) => {
      saved = bytes;
    },
    everySteps: 5,
  };
}

describe("a fold on native TensorFlow", () => {
  beforeAll(() => selectBackend("tfjs-node"));

  it("uses the graph, learns, and gives the same probabilities twice", async () => {
    const task = { ...smallTask(400), seed: 1 };
    const first = await trainFold(task);
    const again = await trainFold(task);
    expect(first.engine).toBe("graph");
    expect(first.epochs.at(-1)?.heldOutAccuracy).toBeGreaterThan(0.95);
    expect(again.probs).toEqual(first.probs);
    expect(again.weights).toEqual(first.weights);
  });

  it("continues from a checkpoint as if it had never stopped, dropout included", async () => {
    const task = { ...smallTask(160), seed: 5, training: { epochs: 3, batchSize: 16 } };
    expect(task.config.hiddenDropout).toBeGreaterThan(0);
    const whole = await trainFold(task);
    const checkpoint = memoryStore();
    const abort = new AbortController();
    const stopped = trainFold({
      ...task,
      checkpoint,
      signal: abort.signal,
      onProgress: ({ step }) => step === 13 && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    const resumed = await trainFold({ ...task, checkpoint });
    expect(resumed.probs).toEqual(whole.probs);
    expect(resumed.epochs).toEqual(whole.epochs);
    expect(resumed.weights).toEqual(whole.weights);
  });

  it("does not continue a checkpoint of the other engine, and says whose it is", async () => {
    const task = { ...smallTask(100), seed: 5, training: { epochs: 2, batchSize: 16 } };
    const checkpoint = memoryStore();
    await trainFold({ ...task, engine: "eager", checkpoint });
    await expect(trainFold({ ...task, engine: "graph", checkpoint })).rejects.toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringMatching(/made by the eager engine.*uses the graph engine/),
    });
  });

  it("reports a loss that is not finite", async () => {
    const training = { learningRate: 1e30, epochs: 3, batchSize: 16 };
    for (const microBatchSize of [16, 4]) {
      const task = { ...smallTask(100), seed: 1, training: { ...training, microBatchSize } };
      await expect(trainFold(task)).rejects.toMatchObject({ code: "training-diverged" });
    }
  });

  it("frees everything, 30 folds one after another", async () => {
    // 20 MB of variables a fold: a session that stayed would show.
    const small = smallTask(60);
    const task = {
      ...small,
      vocabularySize: 40_000,
      config: { ...small.config, embeddingSize: 32 },
      seed: 1,
      training: { epochs: 1, batchSize: 16, embeddings: "random" },
    } as const;
    const fold = async () => {
      await trainFold(task);
      forgetConstants();
      global.gc?.();
    };
    for (let warm = 0; warm < 5; warm++) await fold();
    const tensors = tf.memory().numTensors;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 30; i++) await fold();
    expect(tf.memory().numTensors).toBe(tensors);
    expect((process.memoryUsage().rss - before) / MEGABYTE).toBeLessThan(150);
  }, 900_000);

  it("holds no more memory after 2,000 steps than after 500", async () => {
    const task = smallTask(1500);
    let at500 = 0;
    let at2000 = 0;
    await trainFold({
      ...task,
      seed: 1,
      training: { epochs: 30, batchSize: 16, evaluateEvery: 30 },
      onProgress({ step }) {
        if (step === 500 || step === 2000) global.gc?.();
        if (step === 500) at500 = process.memoryUsage().rss;
        if (step === 2000) at2000 = process.memoryUsage().rss;
      },
    });
    expect(at500).toBeGreaterThan(0);
    expect((at2000 - at500) / MEGABYTE).toBeLessThan(30);
  }, 900_000);
});
