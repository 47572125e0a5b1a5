import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "@winnow/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { EncoderError } from "../errors.js";
import { forgetConstants } from "../operations/constants.js";
import { type LabelledBatch, lossAndGradients } from "../training/steps/inspect.js";
import { type HeadConfig, modelConfig } from "./config.js";
import { initialWeights } from "./parameters.js";

const TEXTS: LabelledBatch = {
  ids: [
    [2, 5, 6, 7, 8, 3],
    [2, 9, 3, 0, 0, 0],
    [2, 3, 0, 0, 0, 0],
    [2, 6, 5, 11, 3, 0],
  ],
  mask: [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0],
    [1, 1, 0, 0, 0, 0],
    [1, 1, 1, 1, 1, 0],
  ],
  segments: Array.from({ length: 4 }, () => [0, 0, 0, 1, 1, 1]),
  labels: [0, 1, 2, 1],
};

const HEADS: Partial<HeadConfig>[] = [
  { tap: "block", layer: 1, pooling: "cls" },
  { tap: "block", layer: 2, pooling: "cls-mean-embedding" },
  { tap: "block", layer: 2, pooling: "mean" },
  { tap: "block", layer: 1, pooling: "cnn" },
  { tap: "attention-norm", layer: 2, pooling: "cls" },
  { tap: "attention-norm", layer: 1, pooling: "cls-mean-embedding" },
  { tap: "feed-forward", layer: 1, pooling: "mean" },
  { tap: "last", pooling: "cls" },
  { tap: "pooler" },
  { tap: "block", layer: 1, pooling: "cls", wideBuckets: 64 },
];

describe("heads", () => {
  beforeAll(() => selectBackend("wasm"));

  for (const head of HEADS) {
    for (const activation of ["gelu", "gelu-tanh", "relu"] as const) {
      it(`${JSON.stringify(head)} with ${activation}: gradients match the slope of the loss`, async () => {
        const config = modelConfig({
          preset: { embeddingSize: 6, hiddenSize: 8, heads: 2, intermediateSize: 12, layers: 2 },
          head,
          activation,
          maxLength: 8,
        });
        const weights = initialWeights({ ...config, initializerRange: 0.3 }, 12, 3, 11);
        forgetConstants();
        const before = tf.memory().numTensors;
        const { gradients } = await lossAndGradients(config, weights, TEXTS);
        expect([...gradients.keys()].sort()).toEqual([...weights.keys()].sort());

        // Along a random direction, the loss rises by gradient . direction.
        const random = createRandom(5, "direction");
        const directions = new Map(
          [...weights].map(([name, { values }]) => [name, values.map(() => random.normal())]),
        );
        let expected = 0;
        for (const [name, { values }] of gradients) {
          values.forEach((g, i) => {
            expected += g * directions.get(name)![i]!;
          });
        }
        const lossAt = async (step: number) => {
          const moved = new Map(
            [...weights].map(([name, { shape, values }]) => {
              const direction = directions.get(name)!;
              return [
                name,
                {
                  shape,
                  values: values.map((value, i) => value + step * direction[i]!),
                },
              ] as const;
            }),
          );
          return (await lossAndGradients(config, moved, TEXTS)).loss;
        };
        const step = 3e-4;
        const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
        expect(Math.abs(slope - expected)).toBeLessThan(5e-3 + 0.02 * Math.abs(expected));
        forgetConstants();
        expect(tf.memory().numTensors).toBe(before);
      });
    }
  }

  it.each([
    [{ tap: "pooler", pooling: "mean" }, /pooler reads the CLS row/],
    [{ layer: 3 }, /head.layer 3/],
  ] as [Partial<HeadConfig>, RegExp][])("refuses %o", (head, message) => {
    const make = () =>
      modelConfig({ preset: { hiddenSize: 8, intermediateSize: 8, heads: 2, layers: 2 }, head });
    expect(make).toThrow(EncoderError);
    expect(make).toThrow(message);
  });
});
