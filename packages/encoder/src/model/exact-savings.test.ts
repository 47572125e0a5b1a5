import { createRandom } from "@winnow/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { wholeRows } from "../training/fold/fold-rows.js";
import { compactVocabulary, expandVocabulary } from "../training/fold/used-vocabulary.js";
import { type LabelledBatch, lossAndGradients, trainingTrace } from "../training/steps/inspect.js";
import { type EncoderConfig, modelConfig } from "./config.js";
import { initialWeights, type Weights } from "./parameters.js";

const VOCABULARY = 40;
const CLASSES = 5;
const RATE = { rate: 1e-3, schedule: { type: "constant" } as const, steps: 50 };

function config(layers: number, pooling: "cls" | "cls-mean-embedding"): EncoderConfig {
  return modelConfig({
    preset: { embeddingSize: 16, hiddenSize: 24, heads: 4, intermediateSize: 48, layers },
    head: { layer: layers, pooling },
    maxLength: 16,
  });
}

/** Weights large enough that every path matters. */
function weightsOf(model: EncoderConfig, seed: number): Weights {
  const weights = initialWeights({ ...model, initializerRange: 0.3 }, VOCABULARY, CLASSES, seed);
  const random = createRandom(seed, "biases");
  for (const [name, { values }] of weights) {
    if (/bias|offset/.test(name)) {
      values.forEach((_, i) => {
        values[i] = 0.2 * random.normal();
      });
    }
  }
  return weights;
}

function examples(lengths: number[], padTo: number, seed: number): LabelledBatch {
  const random = createRandom(seed, "examples");
  const row = (make: (s: number) => number) => Array.from({ length: padTo }, (_, s) => make(s));
  return {
    ids: lengths.map((pieces) => row((s) => (s < pieces ? 2 + random.below(20) : 0))),
    mask: lengths.map((pieces) => row((s) => (s < pieces ? 1 : 0))),
    segments: lengths.map(() => row(() => 0)),
    labels: lengths.map(() => random.below(CLASSES)),
  };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe("work that is saved changes no number", () => {
  beforeAll(() => selectBackend("wasm"));

  for (const layers of [1, 3]) {
    for (const pooling of ["cls", "cls-mean-embedding"] as const) {
      it(`the last of ${layers} blocks for the CLS row alone (${pooling}): logits, gradients, 50 losses`, async () => {
        const model = config(layers, pooling);
        const weights = weightsOf(model, 1);
        const texts = examples([7, 3, 12, 12, 2, 9], 12, 2);
        const lean = await lossAndGradients(model, weights, texts);
        const full = await lossAndGradients(model, weights, texts, { everyRow: true });
        expect(largestDifference(lean.logits, full.logits)).toBeLessThan(1e-5);
        expect([...lean.gradients.keys()]).toEqual([...full.gradients.keys()]);
        for (const [name, { values }] of full.gradients) {
          const found = lean.gradients.get(name)?.values as Float32Array;
          expect(largestDifference(found, values), name).toBeLessThan(1e-5);
        }
        const leanTrace = await trainingTrace(model, weights, texts, RATE);
        const fullTrace = await trainingTrace(model, weights, texts, RATE, { everyRow: true });
        expect(leanTrace.losses.at(-1)).toBeLessThan(0.5 * leanTrace.losses[0]!);
        expect(largestDifference(leanTrace.losses, fullTrace.losses)).toBeLessThan(1e-5);
      });
    }
  }

  it("padding changes neither logits nor gradients: lengths may be sorted into any batch", async () => {
    const model = config(2, "cls-mean-embedding");
    const weights = weightsOf(model, 3);
    const tight = examples([4, 6, 5], 6, 4);
    const pad = (rows: readonly (readonly number[])[]) =>
      rows.map((row) => [...row, 0, 0, 0, 0, 0]);
    const loose = {
      ...tight,
      ids: pad(tight.ids),
      mask: pad(tight.mask),
      segments: pad(tight.segments),
    };
    const a = await lossAndGradients(model, weights, tight);
    const b = await lossAndGradients(model, weights, loose);
    expect(largestDifference(a.logits, b.logits)).toBeLessThan(1e-5);
    for (const [name, { values }] of a.gradients) {
      expect(
        largestDifference(values, b.gradients.get(name)?.values as Float32Array),
        name,
      ).toBeLessThan(1e-5);
    }
  });

  it("the vocabulary's unused rows can be left out: the losses are the same, and those rows never change", async () => {
    const model = config(1, "cls");
    const weights = weightsOf(model, 5);
    const texts = examples([7, 3, 12, 5], 12, 6);
    const offsets = [0];
    const ids = texts.ids.flatMap((row, b) => {
      const pieces = row.filter((_, s) => texts.mask[b]?.[s] === 1);
      offsets.push(offsets.at(-1)! + pieces.length);
      return pieces;
    });
    const table = { ids: Int32Array.from(ids), offsets: Int32Array.from(offsets) };
    const indices = Int32Array.of(0, 1, 2, 3);
    const rows = wholeRows({
      ...{ tokens: table, labels: new Int32Array(4), classes: 2 },
      ...{ trainIndices: indices, testIndices: indices },
    });
    const compact = await compactVocabulary(rows, weights);
    const { tokens } = await compact.rows.readShard(0);
    expect(compact.usedIds.length).toBeLessThan(VOCABULARY / 2 + 3);
    const lean = {
      ...texts,
      ids: texts.ids.map((row, b) =>
        row.map((_, s) => (texts.mask[b]?.[s] ? tokens.ids[offsets[b]! + s]! : 0)),
      ),
    };
    const full = await trainingTrace(model, weights, texts, RATE);
    const small = await trainingTrace(model, compact.weights, lean, RATE);
    expect(largestDifference(full.losses, small.losses)).toBeLessThan(1e-5);
    const expanded = expandVocabulary(small.weights, compact.usedIds, weights);
    for (const [name, { values, shape }] of full.weights) {
      expect(expanded.get(name)?.shape).toEqual(shape);
      expect(
        largestDifference(expanded.get(name)?.values as Float32Array, values),
        name,
      ).toBeLessThan(1e-4);
    }
  });
});
