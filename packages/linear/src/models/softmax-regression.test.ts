import { createRandom } from "@winnow/numeric";
import { describe, expect, it } from "vitest";
import { fitSoftmaxRegression, mostFeatures, rowsInMemory } from "./softmax-regression.js";

const [CLS, SEP, LEFT, RIGHT, OTHERS] = [2, 3, 4, 5, 6] as const;

/** Texts whose class depends on the order of two tokens alone; the other tokens are random. */
function orderTask(texts: number) {
  const random = createRandom(3, "order");
  const other = () => OTHERS + random.below(12);
  const rows = Array.from({ length: texts }, (_, i) => {
    const pair = i % 2 === 0 ? [LEFT, RIGHT] : [RIGHT, LEFT];
    return [CLS, ...Array.from({ length: random.below(4) }, other), ...pair, other(), SEP];
  });
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  const all = Int32Array.from(rows.keys());
  return {
    tokens: { ids: Int32Array.from(rows.flat()), offsets: Int32Array.from(offsets) },
    classes: 2,
    trainIndices: all.filter((row) => row % 4 > 1),
    heldOut: all.filter((row) => row % 4 <= 1),
    targetsOf: (batch: Int32Array) => ({
      targets: Float32Array.from([...batch].flatMap((row) => [1 - (row % 2), row % 2])),
      shares: new Float32Array(batch.length).fill(1 / batch.length),
    }),
  };
}

/** Probabilities (rows, 2) of the held-out rows. */
async function heldOutProbabilities(task: ReturnType<typeof orderTask>, seed: number) {
  const model = await fitSoftmaxRegression({ rows: rowsInMemory(task), classes: 2, seed });
  const probs = new Float64Array(task.heldOut.length * 2);
  task.heldOut.forEach((row, i) => {
    model.probabilitiesInto(task.tokens, row, probs.subarray(2 * i, 2 * i + 2));
  });
  return probs;
}

describe("softmax regression", () => {
  it("learns a class that the order of two tokens decides, the same for the same seed", async () => {
    const task = orderTask(600);
    const probs = await heldOutProbabilities(task, 1);
    const right = task.heldOut.filter((row, i) => probs[2 * i + (row % 2)]! > 0.5).length;
    expect(right / task.heldOut.length).toBeGreaterThan(0.98);
    for (let i = 0; i < probs.length; i += 2) expect(probs[i]! + probs[i + 1]!).toBeCloseTo(1, 12);
    expect(await heldOutProbabilities(task, 1)).toEqual(probs);
    expect(await heldOutProbabilities(task, 2)).not.toEqual(probs);
  });

  it("learns from shards of which one is read at a time, each once an epoch and once for the n-grams", async () => {
    const task = orderTask(600);
    const reads = [0, 0, 0];
    const ends = [
      [0, 100],
      [100, 250],
      [250, 300],
    ] as const;
    const rows = {
      ...rowsInMemory(task),
      trainRows: [100, 150, 50],
      async readShard(shard: number) {
        reads[shard]!++;
        const [from, to] = ends[shard]!;
        return { ...task, trainIndices: task.trainIndices.subarray(from, to) };
      },
    };
    const told: number[] = [];
    const model = await fitSoftmaxRegression({
      ...{ rows, classes: 2, seed: 1 },
      onProgress: (done, all) => told.push(done / all),
    });
    expect(reads).toEqual([4, 4, 4]);
    expect(told.at(-1)).toBe(1);
    const out = new Float64Array(2);
    const right = task.heldOut.filter((row) => {
      model.probabilitiesInto(task.tokens, row, out);
      return out[row % 2]! > 0.5;
    });
    expect(right.length / task.heldOut.length).toBeGreaterThan(0.98);
  });

  it("holds 64 MB of weights at most, whatever the number of classes", () => {
    for (const classes of [2, 428, 20_000]) {
      expect(mostFeatures(classes) * classes * 4).toBeLessThan(65e6);
    }
  });

  it("ends with an error of its own where it is cancelled, or its numbers are no longer finite", async () => {
    const task = orderTask(40);
    const options = { rows: rowsInMemory(task), classes: 2, seed: 1 };
    const cancelled = fitSoftmaxRegression({ ...options, signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ name: "LinearError", code: "cancelled" });
    const targetsOf = (rows: Int32Array) => ({
      ...task.targetsOf(rows),
      shares: new Float32Array(rows.length).fill(Number.POSITIVE_INFINITY),
    });
    const diverged = fitSoftmaxRegression({
      ...options,
      rows: rowsInMemory({ ...task, targetsOf }),
    });
    await expect(diverged).rejects.toMatchObject({ code: "training-diverged" });
  });
});
