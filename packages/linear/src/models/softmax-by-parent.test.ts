import { createRandom } from "@winnow/numeric";
import { expect, it } from "vitest";
import { fitSoftmaxByParent } from "./softmax-by-parent.js";
import { fitSoftmaxRegression, rowsInMemory, type TrainingShard } from "./softmax-regression.js";

const CLASSES = 4;
const [CLS, SEP] = [2, 3] as const;
/** Classes 0 and 2 below parent 0, class 1 below 1, class 3 below 2. */
const PARENT_OF = Int32Array.from([0, 1, 0, 2]);

/** Texts with two tokens of their class and one of chance; a tenth is labelled softly. */
function task(texts: number, smoothing = 0) {
  const random = createRandom(5, "tree");
  const classOf = Array.from({ length: texts }, () => random.below(CLASSES));
  const rows = classOf.map((k) => [CLS, 4 + k, 4 + k, 8 + random.below(6), SEP]);
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  const all = Int32Array.from(rows.keys());
  return {
    tokens: { ids: Int32Array.from(rows.flat()), offsets: Int32Array.from(offsets) },
    classes: CLASSES,
    seed: 1,
    trainIndices: all.filter((row) => row % 3 > 0),
    heldOut: all.filter((row) => row % 3 === 0),
    classOf,
    targetsOf: (batch: Int32Array) => ({
      targets: Float32Array.from(
        [...batch].flatMap((row) =>
          Array.from(
            { length: CLASSES },
            (_, k) => smoothing / CLASSES + (1 - smoothing) * Number(classOf[row] === k),
          ),
        ),
      ),
      shares: new Float32Array(batch.length).fill(1 / batch.length),
    }),
  };
}

type Task = ReturnType<typeof task>;

/** What a regression is fitted with, to other rows or targets than the task's. */
const optionsOf = (of: Task, other: Partial<TrainingShard> = {}) => ({
  rows: rowsInMemory({ ...of, ...other }),
  classes: CLASSES,
  seed: 1,
});

const predicted = (
  model: { probabilitiesInto(tokens: Task["tokens"], row: number, out: Float64Array): void },
  { tokens }: Task,
  row: number,
) => {
  const out = new Float64Array(CLASSES);
  model.probabilitiesInto(tokens, row, out);
  return out;
};

it("multiplies the parents' regression with the one of each parent's children", async () => {
  const options = task(400);
  const both = await fitSoftmaxByParent(optionsOf(options), PARENT_OF);
  const parents = await fitSoftmaxRegression({
    ...optionsOf(options, {
      targetsOf: (rows) => ({
        ...options.targetsOf(rows),
        targets: Float32Array.from(
          [...rows].flatMap((row) =>
            [0, 1, 2].map((parent) => Number(PARENT_OF[options.classOf[row]!] === parent)),
          ),
        ),
      }),
    }),
    classes: 3,
  });
  const sisters = await fitSoftmaxRegression({
    ...optionsOf(options, {
      trainIndices: options.trainIndices.filter((row) => PARENT_OF[options.classOf[row]!] === 0),
      targetsOf: (rows) => ({
        ...options.targetsOf(rows),
        targets: Float32Array.from(
          [...rows].flatMap((row) => [0, 2].map((k) => Number(options.classOf[row] === k))),
        ),
      }),
    }),
    classes: 2,
  });
  let right = 0;
  for (const row of options.heldOut) {
    const [top, low] = [new Float64Array(3), new Float64Array(2)];
    parents.probabilitiesInto(options.tokens, row, top);
    sisters.probabilitiesInto(options.tokens, row, low);
    const expected = [top[0]! * low[0]!, top[1]!, top[0]! * low[1]!, top[2]!];
    const found = predicted(both, options, row);
    found.forEach((p, k) => {
      expect(p).toBeCloseTo(expected[k]!, 12);
    });
    right += Number(found.indexOf(Math.max(...found)) === options.classOf[row]);
  }
  expect(right / options.heldOut.length).toBeGreaterThan(0.95);
});

it("is the flat model where no class has a sister, and where all are sisters", async () => {
  const options = task(120);
  const flat = await fitSoftmaxRegression(optionsOf(options));
  for (const parentOf of [Int32Array.from([0, 1, 2, 3]), new Int32Array(CLASSES)]) {
    const model = await fitSoftmaxByParent(optionsOf(options), parentOf);
    for (const row of options.heldOut)
      expect(predicted(model, options, row)).toEqual(predicted(flat, options, row));
  }
});

it("sums to 1 with smoothed targets, with no row of a class, and tells of every row it reads", async () => {
  const options = task(90, 0.1);
  const told: number[][] = [];
  const onProgress = (done: number, all: number) => void told.push([done, all]);
  const model = await fitSoftmaxByParent({ ...optionsOf(options), onProgress }, PARENT_OF);
  for (const row of options.heldOut) {
    expect(predicted(model, options, row).reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
  }
  const [done, all] = told.at(-1)!;
  expect(done).toBe(all);
  const without = options.trainIndices.filter((row) => PARENT_OF[options.classOf[row]!] !== 0);
  const unseen = await fitSoftmaxByParent(
    optionsOf(task(90), { trainIndices: without }),
    PARENT_OF,
  );
  const [first, , third] = predicted(unseen, options, options.heldOut[0]!);
  expect(first).toBe(third);
});

it("is fitted to shards, of which a parent may have no row in one", async () => {
  const options = task(400);
  const firstOfTop = (row: number) => PARENT_OF[options.classOf[row]!] === 0;
  const parts = [
    options.trainIndices.filter((row) => !firstOfTop(row)),
    options.trainIndices.filter(firstOfTop),
  ];
  const rows = {
    ...rowsInMemory(options),
    trainRows: parts.map(({ length }) => length),
    readShard: async (shard: number) => ({ ...options, trainIndices: parts[shard]! }),
  };
  const model = await fitSoftmaxByParent({ rows, classes: CLASSES, seed: 1 }, PARENT_OF);
  const right = options.heldOut.filter((row) => {
    const found = predicted(model, options, row);
    return found.indexOf(Math.max(...found)) === options.classOf[row];
  });
  expect(right.length / options.heldOut.length).toBeGreaterThan(0.95);
});
