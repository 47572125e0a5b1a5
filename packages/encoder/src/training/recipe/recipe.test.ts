import { describe, expect, it } from "vitest";
import { byLength, epochBatches, gatherBatch, shardOrder } from "../../text/batches.js";
import { coOccurrenceEmbeddings } from "../pretraining/word-embeddings.js";
import { createTargets } from "../steps/targets.js";
import { trainingPlan } from "./recipe.js";
import { FINE_TUNE_SCHEDULE, rateMultiplier } from "./schedule.js";

describe("the plan", () => {
  it.each([
    [1000, 15, { epochs: 5, batchSize: 32, averaging: 0.95, linearPart: false }],
    [8000, 4, { epochs: 2, batchSize: 64, averaging: 0.98, linearPart: true }],
    [30_616, 15, { epochs: 2, batchSize: 64, averaging: 0.99, linearPart: true }],
    [50_000, 428, { epochs: 4, batchSize: 64, averaging: 0.99, linearPart: true }],
  ])("from random weights for %i rows and %i classes", (rows, classes, expected) => {
    const plan = trainingPlan({}, { rows, classes });
    expect(plan).toMatchObject({
      recipe: "scratch",
      learningRate: 1e-3,
      embeddings: "ppmi-svd",
      ...expected,
    });
  });

  it("from pretrained weights: rate 1e-4, the piecewise schedule, the last weights", () => {
    const plan = trainingPlan({ recipe: "fine-tune" }, { rows: 10_000, classes: 15 });
    expect(plan).toMatchObject({
      learningRate: 1e-4,
      schedule: FINE_TUNE_SCHEDULE,
      averaging: 0,
      embeddings: "random",
      linearPart: false,
    });
  });

  it("names every fault at once", () => {
    const make = () =>
      trainingPlan({ epochs: 0, learningRate: -1, averaging: 1 }, { rows: 9, classes: 2 });
    expect(make).toThrow(/epochs 0.*learningRate -1.*averaging 1/);
  });
});

describe("schedules", () => {
  it("that of fine-tuning starts at 0, peaks at 1000 and stays at a tenth from 2000", () => {
    const at = (t: number) => rateMultiplier(FINE_TUNE_SCHEDULE, t, 9999);
    expect([0, 500, 1000, 1500, 2000, 9000].map(at)).toEqual([0, 0.5, 1, 0.55, 0.1, 0.1]);
  });

  it.each(["linear", "cosine"] as const)("%s rises, falls and ends where it should", (type) => {
    const values = Array.from({ length: 50 }, (_, t) =>
      rateMultiplier({ type, warmupSteps: 10, end: 0.1 }, t, 50),
    );
    expect(values[0]).toBeCloseTo(0.1);
    expect(values[9]).toBe(1);
    expect(values[49]).toBeCloseTo(0.1);
    expect(values.slice(10).every((value, i) => value <= values[9 + i]!)).toBe(true);
  });
});

describe("batches", () => {
  const lengths = Array.from({ length: 1000 }, (_, i) => 2 + ((i * 37) % 40));
  const offsets = Int32Array.from([0, ...lengths]);
  for (let i = 1; i < offsets.length; i++) offsets[i] = offsets[i]! + offsets[i - 1]!;
  const ids = Int32Array.from({ length: offsets.at(-1)! }, (_, i) => 5 + (i % 90));
  const tokens = { ids, offsets };
  const rows = Int32Array.from(lengths.keys()).filter((row) => row % 3 !== 0);

  it("hold every row once, similar lengths together, in a new order each epoch", () => {
    const batches = epochBatches(rows, tokens, { batchSize: 64, seed: 1, epoch: 0 });
    expect(Int32Array.from(batches.flatMap((batch) => [...batch])).sort()).toEqual(rows);
    expect(batches.filter((batch) => batch.length !== 64)).toHaveLength(1);
    const padded = batches.reduce((sum, batch) => {
      const { length, batch: size } = gatherBatch(tokens, batch);
      return sum + length * size;
    }, 0);
    const pieces = rows.reduce((sum, row) => sum + lengths[row]!, 0);
    expect(padded / pieces).toBeLessThan(1.1);
    expect(epochBatches(rows, tokens, { batchSize: 64, seed: 1, epoch: 1 })).not.toEqual(batches);
    expect(epochBatches(rows, tokens, { batchSize: 64, seed: 1, epoch: 0 })).toEqual(batches);
    const first = { batchSize: 64, seed: 1, epoch: 0, place: 0 };
    expect(epochBatches(rows, tokens, first)).toEqual(batches);
    expect(epochBatches(rows, tokens, { ...first, place: 1 })).not.toEqual(batches);
  });

  it("of shards come in an order that changes with the epoch and the seed", () => {
    const order = shardOrder(12, 1, 0);
    expect(order.toSorted((a, b) => a - b)).toEqual([...Array(12).keys()]);
    expect(shardOrder(12, 1, 0)).toEqual(order);
    expect(shardOrder(12, 1, 1)).not.toEqual(order);
    expect(shardOrder(12, 2, 0)).not.toEqual(order);
  });

  it("for prediction go from short to long", () => {
    const order = byLength(rows, tokens, 100).flatMap((batch) =>
      [...batch].map((row) => lengths[row]!),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});

describe("targets", () => {
  const labels = Int32Array.of(0, 1, 1, 1);
  const rows = Int32Array.of(0, 1, 2, 3);
  const counts = Float64Array.of(1, 3);
  const plan = (options: object) => trainingPlan(options, { rows: 4, classes: 2 });

  it("smoothing leaves rows that sum to 1", () => {
    const { targets, shares } = createTargets(
      { labels },
      counts,
      plan({ labelSmoothing: 0.2 }),
    )(rows);
    expect([...targets.subarray(0, 2)].map((p) => p.toFixed(3))).toEqual(["0.900", "0.100"]);
    expect([...shares]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("balanced classes have the same total weight", () => {
    const { shares } = createTargets({ labels }, counts, plan({ classWeights: "balanced" }))(rows);
    expect(shares[0]).toBeCloseTo(0.5);
  });

  it("a soft row replaces the label, an empty row keeps it", () => {
    const soft = {
      offsets: Int32Array.of(0, 2, 2, 2, 2),
      classes: Int32Array.of(0, 1),
      probabilities: Float32Array.of(0.6, 0.2),
    };
    const { targets } = createTargets({ labels, softTargets: soft }, counts, plan({}))(rows);
    expect([...targets].map((p) => p.toFixed(2))).toEqual([
      "0.75",
      "0.25",
      "0.00",
      "1.00",
      "0.00",
      "1.00",
      "0.00",
      "1.00",
    ]);
  });
});

describe("embeddings from co-occurrence", () => {
  it("words with the same neighbours are close together; the scale is the requested one", () => {
    // Pieces 5..9 occur together, and so do 10..14; the two groups never do.
    const texts = Array.from({ length: 400 }, (_, i) => {
      const base = i % 2 === 0 ? 5 : 10;
      return [2, ...Array.from({ length: 4 }, (_, w) => base + ((i * 7 + w * 3 + (i % 5)) % 5)), 3];
    });
    const offsets = Int32Array.from([0, ...texts.map((_, i) => 6 * (i + 1))]);
    const table = { ids: Int32Array.from(texts.flat()), offsets };
    const vectors = coOccurrenceEmbeddings(table, 16, 8, 1);
    const cosine = (a: number, b: number) => {
      const [x, y] = [a, b].map((id) => [...vectors.subarray(id * 8, id * 8 + 8)]) as [
        number[],
        number[],
      ];
      const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    for (let a = 5; a < 10; a++) {
      for (let b = 10; b < 15; b++) expect(Math.abs(cosine(a, b))).toBeLessThan(0.2);
    }
    const within = [
      [5, 6],
      [6, 8],
      [10, 13],
      [11, 14],
    ] as const;
    for (const [a, b] of within) expect(cosine(a, b)).toBeGreaterThan(0);
    const words = vectors.subarray(5 * 8, 15 * 8);
    expect(Math.sqrt(words.reduce((sum, v) => sum + v * v, 0) / words.length)).toBeCloseTo(0.05, 5);
    expect(coOccurrenceEmbeddings(table, 16, 8, 1)).toEqual(vectors);
  });
});
