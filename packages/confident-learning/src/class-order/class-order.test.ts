import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-matrix.js";
import { describeClassOrder, findClassOrder, VoteCollector } from "../index.js";
import { bestAssignment } from "./assignment.js";

interface World {
  readonly n: number;
  readonly k: number;
  /** How far the true class stands out; 0: the model knows nothing. */
  readonly signal: number;
  /** Share of wrong labels; `pair`: each class's go to the next one. */
  readonly noise?: number;
  readonly pair?: true;
  /** Class c is exp(-skew c) as frequent as class 0, and whether the model knows it. */
  readonly skew?: number;
  readonly prior?: true;
  /** What the model adds to a class's logit whatever the row says. */
  readonly bias?: readonly number[];
}

/** Labels and a model's probabilities, (n, k). */
function draw(world: World, seed: number) {
  const { n, k, signal, noise = 0, skew = 0, bias = [] } = world;
  const random = generator(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const weights = Array.from({ length: k }, (_, c) => Math.exp(-skew * c));
  const total = weights.reduce((a, b) => a + b);
  const labels = new Int32Array(n);
  const probs = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    let truth = 0;
    for (let left = random() * total; truth < k - 1; truth++) {
      left -= weights[truth]!;
      if (left <= 0) break;
    }
    const step = world.pair ? 1 : 1 + Math.floor(random() * (k - 1));
    labels[i] = random() < noise ? (truth + step) % k : truth;
    const logits = weights.map(
      (weight, j) =>
        normal() +
        (j === truth ? signal : 0) +
        (world.prior ? Math.log(weight / total) : 0) +
        (bias[j] ?? 0),
    );
    const sum = logits.reduce((all, z) => all + Math.exp(z), 0);
    for (const [j, z] of logits.entries()) probs[i * k + j] = Math.exp(z) / sum;
  }
  return { n, k, labels, probs };
}

/** The data with column j moved to place `to[j]`. */
function moved({ n, k, labels, probs }: ReturnType<typeof draw>, to: readonly number[]) {
  const other = new Float64Array(n * k);
  for (let at = 0; at < n * k; at++) other[at - (at % k) + to[at % k]!] = probs[at]!;
  return { n, k, labels, probs: other };
}

function judge({ n, k, labels, probs }: ReturnType<typeof draw>, rowsPerBlock = n) {
  const collector = new VoteCollector(n, k);
  for (let at = 0; at < n; at += rowsPerBlock) {
    const end = Math.min(n, at + rowsPerBlock);
    collector.add(labels.subarray(at, end), probs.subarray(at * k, end * k));
  }
  return findClassOrder(collector.votes());
}

const swap = (k: number, a: number, b: number) =>
  Array.from({ length: k }, (_, j) => (j === a ? b : j === b ? a : j));
const reverse = (k: number) => Array.from({ length: k }, (_, j) => k - 1 - j);
function shuffle(k: number, seed: number) {
  const random = generator(seed);
  const drawn = Array.from({ length: k }, (_, j) => ({ j, key: random() }));
  return drawn.sort((a, b) => a.key - b.key).map(({ j }) => j);
}
const SEEDS = [1, 2, 3, 4, 5, 6];

describe("honest probabilities are taken, whatever they are worth", () => {
  it.each<[string, World]>([
    ["a model that knows nothing, 2 classes", { n: 5000, k: 2, signal: 0 }],
    ["one that knows nothing, 20 classes of 10 rows", { n: 200, k: 20, signal: 0 }],
    ["one that knows nothing, 100 classes of 3 rows", { n: 300, k: 100, signal: 0 }],
    ["a weak one, 2 classes", { n: 200, k: 2, signal: 0.3 }],
    ["a weak one, 20 classes", { n: 2000, k: 20, signal: 0.5 }],
    ["a few rows", { n: 12, k: 3, signal: 0.5 }],
    ["45 % noise, 2 classes", { n: 1000, k: 2, signal: 4, noise: 0.45 }],
    ["50 % noise, 2 classes", { n: 20_000, k: 2, signal: 4, noise: 0.5 }],
    ["50 % noise, 10 classes", { n: 5000, k: 10, signal: 4, noise: 0.5 }],
    ["50 % noise into the next class", { n: 5000, k: 10, signal: 4, noise: 0.5, pair: true }],
    ["58 % noise into the next class", { n: 9000, k: 3, signal: 6, noise: 0.58, pair: true }],
    ["skewed classes", { n: 5000, k: 5, signal: 1, skew: 1.2 }],
    ["skewed, with their sizes known", { n: 5000, k: 5, signal: 1, skew: 1.2, prior: true }],
    ["skewed and noisy", { n: 5000, k: 10, signal: 2, skew: 0.7, noise: 0.4, pair: true }],
    ["95 to 5, the rare class favoured", { n: 5000, k: 2, signal: 0.5, skew: 3, bias: [0, 1.5] }],
    ["95 to 5, nearly always the rare class", { n: 5000, k: 2, signal: 1, skew: 3, bias: [0, 6] }],
    ["a class that takes everything", { n: 5000, k: 3, signal: 1, skew: 2, bias: [0, 0, 4] }],
  ])("%s", (_, world) => {
    for (const seed of SEEDS) expect(judge(draw(world, seed))).toBeUndefined();
  });

  it("rows that are the same in every class, and no rows at all", () => {
    const k = 4;
    const labels = Int32Array.from({ length: 400 }, (_, i) => i % 3);
    const probs = new Float64Array(400 * k).fill(0.25);
    expect(judge({ n: 400, k, labels, probs })).toBeUndefined();
    expect(findClassOrder(new VoteCollector(0, 3).votes())).toBeUndefined();
  });
});

describe("columns in another order are found, with the order", () => {
  it.each<[string, World, (k: number, seed: number) => readonly number[]]>([
    ["two classes of 200 rows", { n: 200, k: 2, signal: 3 }, () => [1, 0]],
    ["two classes, a weak model", { n: 400, k: 2, signal: 1.2 }, () => [1, 0]],
    ["two classes with 30 % noise", { n: 2000, k: 2, signal: 3, noise: 0.3 }, () => [1, 0]],
    ["95 to 5", { n: 2000, k: 2, signal: 2, skew: 3, prior: true }, () => [1, 0]],
    ["three classes, all moved", { n: 60, k: 3, signal: 3 }, () => [1, 2, 0]],
    ["20 shuffled classes of 10 rows", { n: 200, k: 20, signal: 3 }, shuffle],
    ["20 shuffled with 40 % noise", { n: 8000, k: 20, signal: 3, noise: 0.4 }, shuffle],
    ["14 skewed classes, reversed", { n: 8000, k: 14, signal: 2, skew: 0.3, prior: true }, reverse],
    [
      "14 skewed classes, nearly always the largest said",
      { n: 4000, k: 14, signal: 1, skew: 0.35, prior: true },
      shuffle,
    ],
    ["100 reversed classes of 20 rows", { n: 2000, k: 100, signal: 3 }, reverse],
    ["two of 20", { n: 1000, k: 20, signal: 3 }, (k) => swap(k, 3, 17)],
    ["two of 20, 20 rows each", { n: 400, k: 20, signal: 4 }, (k) => swap(k, 0, 1)],
    ["two of 20 in noise", { n: 8000, k: 20, signal: 3, noise: 0.3 }, (k) => swap(k, 5, 6)],
  ])("%s", (_, world, orderOf) => {
    for (const seed of SEEDS) {
      const to = orderOf(world.k, seed);
      const found = judge(moved(draw(world, seed), to));
      expect([...(found?.columns ?? [])]).toEqual(to);
      expect(found!.agreeReordered).toBeGreaterThan(found!.agree);
    }
  });

  it("in blocks of any size", () => {
    const data = moved(draw({ n: 500, k: 6, signal: 3 }, 9), reverse(6));
    expect(judge(data, 7)).toEqual(judge(data));
  });

  it("among more classes than sums are kept for", () => {
    const world = { n: 6600, k: 1100, signal: 9 };
    const to = shuffle(world.k, 3);
    const found = judge(moved(draw(world, 1), to))!;
    const certain = [...to.keys()].filter((c) => !found.uncertain.includes(c));
    expect(certain.length).toBeGreaterThan(1000);
    expect(certain.filter((c) => found.columns[c] !== to[c])).toEqual([]);
  });

  it("classes that few rows speak for are named as uncertain", () => {
    const { n, k, labels, probs } = draw({ n: 300, k: 5, signal: 4 }, 4);
    // No row is left of class 4, and one of class 3.
    const rows = [...labels.keys()].filter((i) => labels[i]! < 3 || i === labels.indexOf(3));
    const part = {
      n: rows.length,
      k,
      labels: Int32Array.from(rows, (i) => labels[i]!),
      probs: Float64Array.from(rows.flatMap((i) => [...probs.subarray(i * k, (i + 1) * k)])),
    };
    const found = judge(moved(part, [4, 3, 2, 1, 0]))!;
    expect(n).toBeGreaterThan(part.n);
    expect([...found.columns]).toEqual([4, 3, 2, 1, 0]);
    expect(found.uncertain).toEqual([3, 4]);
    const { message } = describeClassOrder(found, ["a", "b", "c", "d", "e"]);
    expect(message).toContain('Few rows speak for the place of "d", "e": check it.');
  });

  it("the description names the file's columns, also where they were reordered before", () => {
    const found = { rows: 1200, agree: 0, agreeReordered: 1100, uncertain: [] };
    const columns = Int32Array.from([1, 2, 0]);
    const order = { ...found, columns };
    expect(describeClassOrder(order, ["x", "y", "z"]).names).toEqual(["z", "x", "y"]);
    // Class 0 was read from column 2 of the file: what stands there is class z.
    const read = Int32Array.from([2, 0, 1]);
    expect(describeClassOrder(order, ["x", "y", "z"], read).names).toEqual(["x", "y", "z"]);
    expect(describeClassOrder(order, ["x", "y", "z"]).message).toContain(
      "in 0 of 1,200 rows; in the other order in 1,100 of 1,200 rows",
    );
  });
});

it("the assignment is the best of all permutations", () => {
  const random = generator(77);
  for (let run = 0; run < 400; run++) {
    const k = 1 + Math.floor(random() * 6);
    const gains = Float64Array.from({ length: k * k }, () =>
      run % 2 ? random() - 0.5 : Math.floor(random() * 3),
    );
    const found = bestAssignment(gains, k);
    expect(new Set(found).size).toBe(k);
    const sum = [...found].reduce((all, column, row) => all + gains[row * k + column]!, 0);
    expect(sum).toBeCloseTo(bestOf(gains, k, 0, new Set()), 9);
  }
});

function bestOf(gains: Float64Array, k: number, row: number, taken: Set<number>): number {
  if (row === k) return 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < k; column++) {
    if (taken.has(column)) continue;
    const rest = bestOf(gains, k, row + 1, new Set([...taken, column]));
    best = Math.max(best, gains[row * k + column]! + rest);
  }
  return best;
}
