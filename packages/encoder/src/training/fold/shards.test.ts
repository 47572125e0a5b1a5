import { fitSoftmaxRegression } from "@winnow/linear";
import { createRandom } from "@winnow/numeric";
import { beforeAll, expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { initialWeights } from "../../model/parameters.js";
import type { FoldSettings } from "./fold-options.js";
import { type FoldRows, type RowShard, wholeRows } from "./fold-rows.js";
import { linearPartHere } from "./linear-part.js";
import { selectTexts } from "./predict.js";
import { smallTask } from "./small-task.js";
import { trainFold, trainShards } from "./train.js";

beforeAll(() => selectBackend("wasm"));

type Task = ReturnType<typeof smallTask>;

/** The task's rows, each in a shard of chance; `read` gets which were asked for. */
function inShards(task: Task, shards: number, read: (shard: number) => void = () => {}): FoldRows {
  const { tokens, labels, trainIndices, testIndices } = task;
  const random = createRandom(1, "test shards");
  const shardOf = labels.map(() => random.below(shards));
  const made: RowShard[] = Array.from({ length: shards }, (_, shard) => {
    const own = Int32Array.from(labels.keys()).filter((row) => shardOf[row] === shard);
    const placesOf = (rows: Int32Array) =>
      Int32Array.from(own.keys()).filter((text) => rows.includes(own[text]!));
    const tests = placesOf(testIndices);
    return {
      tokens: selectTexts(tokens, own),
      labels: own.map((row) => labels[row]!),
      trainIndices: placesOf(trainIndices),
      testIndices: tests,
      testPlaces: tests.map((text) => testIndices.indexOf(own[text]!)),
    };
  });
  return {
    ...wholeRows(task),
    texts: made.map((shard) => shard.labels.length),
    trainRows: made.map((shard) => shard.trainIndices.length),
    async readShard(shard) {
      read(shard);
      return made[shard]!;
    },
  };
}

const settingsOf = ({ config, vocabularySize, classes, training }: Task): FoldSettings => ({
  ...{ config, vocabularySize, classes, seed: 3 },
  ...(training && { training }),
});

it("of one shard the numbers are those of all rows in memory", async () => {
  const task = { ...smallTask(120), training: { epochs: 2, batchSize: 16, linearPart: true } };
  const fitLinearPart = (data: Parameters<typeof linearPartHere>[1]) =>
    linearPartHere(fitSoftmaxRegression, data);
  const whole = await trainFold({ ...task, seed: 3, fitLinearPart });
  const shards = await trainShards({ ...settingsOf(task), rows: wholeRows(task), fitLinearPart });
  expect(shards).toEqual(whole);
});

it("of several the fold learns as well, each row once an epoch, and held-out rows keep their order", async () => {
  const task = smallTask(400);
  const samples: number[] = [];
  const reads: number[] = [];
  const rows = inShards(task, 5, (shard) => reads.push(shard));
  const result = await trainShards({
    ...settingsOf(task),
    rows,
    onProgress: (progress) => samples.push(progress.samples),
  });
  expect(result.epochs.at(-1)?.heldOutAccuracy).toBeGreaterThan(0.95);
  expect(samples.at(-1)).toBe(3 * task.trainIndices.length);
  expect(samples).toHaveLength(result.steps);
  const right = task.testIndices.filter((row, i) => {
    const own = result.probs.subarray(3 * i, 3 * i + 3);
    return own.indexOf(Math.max(...own)) === task.labels[row];
  });
  expect(right.length / task.testIndices.length).toBe(result.epochs.at(-1)?.heldOutAccuracy);
  // Once for the embeddings; then of each epoch all shards in another order, and all to predict.
  const epochs = [0, 1, 2].map((epoch) => reads.slice(1 + 10 * epoch, 6 + 10 * epoch));
  for (const order of epochs) expect(order.toSorted()).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
});

it.each([4, 10, 13, 23])(
  "a run that ended at step %i goes on as if it had not, in the same shard",
  async (end) => {
    const task = { ...smallTask(160), training: { epochs: 3, batchSize: 16 } };
    const options = { ...settingsOf(task), rows: inShards(task, 4) };
    const whole = await trainShards(options);
    let saved: Uint8Array | null = null;
    const checkpoint = {
      load: async () => saved,
      save: async (bytes: Uint8Array) => {
        saved = bytes;
      },
      everySteps: 1,
    };
    const abort = new AbortController();
    const stopped = trainShards({
      ...options,
      checkpoint,
      signal: abort.signal,
      onProgress: ({ step }) => step === end && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    const steps: number[] = [];
    const resumed = await trainShards({
      ...options,
      checkpoint,
      onProgress: ({ step }) => steps.push(step),
    });
    expect(steps[0]).toBe(end + 1);
    expect(resumed).toEqual(whole);
  },
);

it("a shard without training rows or held-out rows is passed over, class weights count all shards", async () => {
  const task = { ...smallTask(200), training: { epochs: 2, classWeights: "balanced" as const } };
  const rows = inShards(task, 3);
  const empty = async (shard: number): Promise<RowShard> => {
    const own = await rows.readShard(shard);
    if (shard === 0) return { ...own, trainIndices: new Int32Array(0) };
    if (shard > 1) return own;
    return { ...own, testIndices: new Int32Array(0), testPlaces: new Int32Array(0) };
  };
  const { probs } = await trainShards({
    ...settingsOf(task),
    rows: { ...rows, trainRows: [0, ...rows.trainRows.slice(1)], readShard: empty },
  });
  const { testIndices } = await rows.readShard(1);
  const unpredicted = probs.filter((p) => p === 0).length;
  expect(unpredicted).toBe(3 * testIndices.length);
});

it("a checkpoint's unused pieces are left out, whichever shard uses the others", async () => {
  const task = { ...smallTask(120), training: { epochs: 1, batchSize: 16 } };
  const spare = 40;
  const vocabularySize = task.vocabularySize + spare;
  const weights = initialWeights(task.config, vocabularySize, 3, 9);
  const options = { ...settingsOf(task), vocabularySize, weights };
  const result = await trainShards({ ...options, rows: inShards(task, 3) });
  const words = result.weights.get("embeddings.word")!;
  expect(words.shape[0]).toBe(vocabularySize);
  const unused = -spare * task.config.embeddingSize;
  expect(words.values.slice(unused)).toEqual(weights.get("embeddings.word")!.values.slice(unused));
  expect(words.values).not.toEqual(weights.get("embeddings.word")!.values);
});

it("a shard that does not fit is refused when it is read", async () => {
  const task = smallTask(100);
  const rows = inShards(task, 2);
  const broken = {
    ...rows,
    readShard: async (shard: number) => {
      const own = await rows.readShard(shard);
      return shard === 1 ? { ...own, labels: own.labels.map(() => 9) } : own;
    },
  };
  await expect(trainShards({ ...settingsOf(task), rows: broken })).rejects.toMatchObject({
    code: "bad-training-data",
  });
});
