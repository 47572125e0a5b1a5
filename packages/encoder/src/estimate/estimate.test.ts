import { softmaxRegressionBytes } from "@winnow/linear";
import { describe, expect, it } from "vitest";
import { modelConfig } from "../model/config.js";
import { estimateFold } from "./estimate.js";

const SIZES = { embeddingSize: 128, hiddenSize: 312, heads: 12, intermediateSize: 1248 };
const DATA = {
  vocabularySize: 4500,
  classes: 428,
  trainRows: 4096,
  testRows: 2000,
  longestPieces: 40, // the 99th percentile of the titles
};
const megabytes = (
  layers: number,
  batchSize: number,
  backend: "wasm" | "tfjs-node",
  linearPart = true,
) => {
  const config = modelConfig({
    preset: { ...SIZES, layers },
    head: { layer: layers, pooling: "cls" },
  });
  const training = { batchSize, linearPart };
  const options = { training, backend, linearPartBytes: softmaxRegressionBytes };
  return estimateFold(config, DATA, options).peakMemoryBytes / 1e6;
};

describe("the estimate of a fold", () => {
  it.each([
    // Measured by bench/training.ts: an estimate may be at most half as much again.
    [1, 32, "wasm", 314],
    [1, 128, "wasm", 324],
    [4, 32, "wasm", 646],
    [4, 128, "wasm", 1775],
    [1, 32, "tfjs-node", 681],
    [1, 128, "tfjs-node", 686],
    [4, 32, "tfjs-node", 885],
    [4, 128, "tfjs-node", 1266],
  ] as const)("%i blocks at batch %i on %s", (layers, batch, backend, measured) => {
    const estimated = megabytes(layers, batch, backend, false);
    expect(estimated).toBeGreaterThan(0.97 * measured);
    expect(estimated).toBeLessThan(1.5 * measured);
  });

  it("of a card counts neither the linear part nor the held-out rows, and holds what an H100 held", () => {
    const config = modelConfig({
      preset: { ...SIZES, layers: 1 },
      head: { layer: 1, pooling: "cls" },
    });
    const onCard = (backend: "wasm" | "tfjs-node-gpu", testRows: number, linearPart: boolean) =>
      estimateFold(
        config,
        { ...DATA, testRows },
        {
          training: { batchSize: 128, linearPart },
          backend,
          linearPartBytes: softmaxRegressionBytes,
        },
      ).gpuMemoryBytes / 1e6;
    const estimated = onCard("tfjs-node-gpu", 20_000, false);
    expect(estimated).toBeGreaterThan(760);
    expect(estimated).toBeLessThan(1.5 * 760);
    expect(onCard("wasm", 100, true)).toBe(estimated);
  });

  it("counts the linear part: its weights, 64 MB at most, and its table", () => {
    const more = megabytes(1, 128, "wasm") - megabytes(1, 128, "wasm", false);
    expect(more).toBeGreaterThan(64);
    expect(more).toBeLessThan(90);
  });

  it("one block at batch 128 stays below 900 MB, the linear part included", () => {
    expect(megabytes(1, 128, "wasm")).toBeLessThan(900);
    expect(megabytes(1, 128, "tfjs-node")).toBeLessThan(900);
  });

  it("counts steps, samples and weights", () => {
    const config = modelConfig({ preset: { ...SIZES, layers: 4 }, head: { pooling: "cls" } });
    const estimate = estimateFold(
      config,
      { ...DATA, trainRows: 1000 },
      { training: { epochs: 3, batchSize: 64 }, linearPartBytes: softmaxRegressionBytes },
    );
    expect(estimate).toMatchObject({ epochs: 3, steps: 48, samples: 3000 });
    const block = 4 * (312 * 312 + 312) + 2 * 312 * 1248 + 1248 + 312 + 4 * 312;
    const rest = (4500 + 64 + 2 + 2) * 128 + 128 * 312 + 312 + 312 * 428 + 428;
    expect(estimate.parameters).toBe(block + rest);
  });
});
