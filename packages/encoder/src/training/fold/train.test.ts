import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { EncoderError } from "../../errors.js";
import { forgetConstants } from "../../operations/constants.js";
import { smallTask } from "./small-task.js";
import { trainFold } from "./train.js";

describe("training a fold", () => {
  beforeAll(() => selectBackend("wasm"));

  it("learns from random weights and gives one probability row per held-out text", async () => {
    const task = smallTask(400);
    const seen: number[] = [];
    const result = await trainFold({ ...task, seed: 1, onProgress: (p) => seen.push(p.step) });
    expect(result.epochs.at(-1)?.heldOutAccuracy).toBeGreaterThan(0.95);
    expect(result.probs).toHaveLength(task.testIndices.length * 3);
    for (let i = 0; i < result.probs.length; i += 3) {
      const row = [...result.probs.subarray(i, i + 3)];
      expect(row.every((p) => p > 0 && p < 1)).toBe(true);
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
    }
    expect(seen).toEqual(Array.from({ length: result.steps }, (_, i) => i + 1));
  });

  it("gives the same probabilities for the same seed and others for another", async () => {
    const task = { ...smallTask(120), training: { epochs: 1, batchSize: 16 } };
    const first = await trainFold({ ...task, seed: 3 });
    const again = await trainFold({ ...task, seed: 3 });
    const other = await trainFold({ ...task, seed: 4 });
    expect(again.probs).toEqual(first.probs);
    expect(other.probs).not.toEqual(first.probs);
  });

  it("continues from a checkpoint as if it had never stopped", async () => {
    const task = { ...smallTask(160), seed: 5, training: { epochs: 3, batchSize: 16 } };
    const whole = await trainFold(task);
    let saved: Uint8Array | null = null;
    const abort = new AbortController();
    const store = {
      load: async () => saved,
      save: async (bytes: Uint8Array) => {
        saved = bytes;
      },
      everySteps: 5,
    };
    const stopped = trainFold({
      ...task,
      checkpoint: store,
      signal: abort.signal,
      onProgress: ({ step }) => step === 13 && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    const steps: number[] = [];
    const resumed = await trainFold({
      ...task,
      checkpoint: store,
      onProgress: ({ step }) => steps.push(step),
    });
    expect(steps[0]).toBe(11);
    expect(resumed.probs).toEqual(whole.probs);
    expect(resumed.epochs).toEqual(whole.epochs);
    await expect(trainFold({ ...task, seed: 6, checkpoint: store })).rejects.toMatchObject({
      code: "bad-checkpoint",
    });
  });

  it("stops when the held-out loss no longer falls and returns the best epoch, also when resumed", async () => {
    // Labels without a pattern: the more epochs, the worse the held-out loss.
    const base = smallTask(120);
    const labels = base.labels.map((label, i) => (label + (i * 7) ** 2) % 3);
    const kept = new Map<number, Float32Array>();
    const task = {
      ...base,
      labels,
      seed: 2,
      training: { epochs: 30, batchSize: 16, learningRate: 1e-2, patience: 2 },
      onHeldOut: (epoch: number, probs: Float32Array) => {
        kept.set(epoch, probs);
      },
    };
    let saved: Uint8Array | null = null;
    const store = {
      load: async () => saved,
      save: async (bytes: Uint8Array) => {
        saved = bytes;
      },
      everySteps: 1000,
    };
    const result = await trainFold({ ...task, checkpoint: store });
    const losses = result.epochs.map(({ heldOutLoss }) => heldOutLoss);
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBe(best + 3);
    expect(losses.length).toBeLessThan(30);
    expect(result.probs).toEqual(kept.get(best + 1));
    // The last state was saved one epoch before the end, after the best one.
    const resumed = await trainFold({ ...task, checkpoint: store });
    expect(resumed.epochs).toEqual(result.epochs);
    expect(resumed.probs).toEqual(result.probs);
  });

  it("learns from soft targets, class weights and AdamW too", async () => {
    const base = smallTask(400);
    const rows = base.labels.length;
    // Every hard label is wrong; the soft ones know the right class.
    const softTargets = {
      offsets: Int32Array.from({ length: rows + 1 }, (_, i) => 2 * i),
      classes: Int32Array.from(
        { length: 2 * rows },
        (_, i) => (base.labels[i >> 1]! + (i % 2)) % 3,
      ),
      probabilities: Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0.9 : 0.1)),
    };
    const result = await trainFold({
      ...base,
      labels: base.labels.map((label) => (label + 1) % 3),
      softTargets,
      seed: 1,
      training: {
        epochs: 3,
        batchSize: 16,
        learningRate: 5e-3,
        optimizer: "adamw",
        labelSmoothing: 0.05,
        schedule: { type: "cosine", warmupSteps: 5, end: 0 },
      },
    });
    const right = Array.from(base.testIndices).filter((row, i) => {
      const own = [...result.probs.subarray(3 * i, 3 * i + 3)];
      return own.indexOf(Math.max(...own)) === base.labels[row];
    });
    expect(right.length / base.testIndices.length).toBeGreaterThan(0.9);
  });

  it("leaves no tensor behind, also when it is cancelled", async () => {
    const task = {
      ...smallTask(100),
      seed: 1,
      training: { epochs: 1, batchSize: 16, microBatchSize: 5, clipNorm: 0.1 },
    };
    forgetConstants();
    const before = tf.memory().numTensors;
    await trainFold(task);
    forgetConstants();
    expect(tf.memory().numTensors).toBe(before);
    await expect(trainFold({ ...task, signal: AbortSignal.abort() })).rejects.toThrow(EncoderError);
    forgetConstants();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ["a label outside the classes", { labels: new Int32Array(100).fill(3) }],
    ["a wrong number of labels", { labels: new Int32Array(99) }],
    ["no held-out row", { testIndices: new Int32Array(0) }],
    ["a row that does not exist", { trainIndices: Int32Array.of(100) }],
    ["a token outside the vocabulary", { vocabularySize: 5 }],
    [
      "a wrong number of soft targets",
      {
        softTargets: {
          offsets: Int32Array.of(0, 1),
          classes: Int32Array.of(0),
          probabilities: Float32Array.of(1),
        },
      },
    ],
  ])("refuses %s", async (_, change) => {
    await expect(trainFold({ ...smallTask(100), seed: 1, ...change })).rejects.toMatchObject({
      code: "bad-training-data",
    });
  });
});
