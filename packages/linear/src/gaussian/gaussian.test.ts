// Threads run the built files, so this test imports the package as other packages do.
import {
  Gaussian,
  hardTargets,
  RIDGES,
  softTargets,
  type Targets,
  type VectorSource,
  vectorsOf,
} from "@winnow/linear";
import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-texts.js";
import { slowGaussianScores, slowStandard } from "../../oracle/slow-gaussian.js";

const RUNS = 15;

interface Input {
  readonly vectors: number[][];
  readonly labels: number[];
  readonly folds: number[];
  readonly k: number;
}

/** Vectors with a class's own direction, some rows of zeros, and some that repeat others. */
function randomInput(random: () => number): Input {
  const below = (limit: number) => Math.floor(random() * limit);
  const k = 2 + below(4);
  const d = 1 + below(90);
  const n = 12 + below(60);
  const labels = Array.from({ length: n }, () => below(k));
  const vectors = labels.map((label) =>
    Array.from({ length: d }, (_, t) => random() - 0.4 + Number(t % k === label)),
  );
  for (let times = below(3); times > 0; times--) vectors[below(n)] = new Array(d).fill(0);
  for (let times = below(5); times > 0; times--) vectors[below(n)] = vectors[below(n)]!.slice();
  return { vectors, labels, folds: labels.map(() => below(4)), k };
}

const oneHot = ({ labels, k }: Input) =>
  labels.map((label) => Array.from({ length: k }, (_, c) => Number(c === label)));

const flat = (rows: number[][]) => vectorsOf(Float64Array.from(rows.flat()), rows[0]!.length);

function over({ labels, folds, k }: Input, vectors: VectorSource, threads = 1) {
  const own = { labels: Int32Array.from(labels), folds: Uint8Array.from(folds), k };
  return Gaussian.over({ ...own, vectors, threads });
}

async function scoresOf(
  input: Input,
  targets: Targets,
  ridge: number,
  source = flat(input.vectors),
) {
  const gaussian = await over(input, source);
  const sums = await gaussian.learn(targets);
  const z = new Float64Array(input.labels.length * input.k);
  for await (const block of gaussian.scores(sums, ridge)) z.set(block.z, block.start * input.k);
  return z;
}

const hard = ({ labels }: Input) => hardTargets(Int32Array.from(labels));

function expectNear(ours: ArrayLike<number>, expected: readonly number[]): void {
  expect(ours.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(ours[i]! - value)).toBeLessThan(1e-7 * Math.max(1, Math.abs(value)));
  });
}

describe("Gaussians over vectors by folds", () => {
  it("give the scores of dense loops over the training rows, with hard and soft targets", async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const random = generator(seed);
      const input = randomInput(random);
      const v = slowStandard(input.vectors);
      for (const ridge of [RIDGES[0], RIDGES[5]]) {
        const expected = slowGaussianScores(v, oneHot(input), input.folds, ridge);
        expectNear(await scoresOf(input, hard(input), ridge), expected);
      }
      const soft = input.labels.map(() => {
        const row = Array.from({ length: input.k }, random);
        const total = row.reduce((a, b) => a + b);
        return row.map((value) => value / total);
      });
      const targets = softTargets(Float64Array.from(soft.flat()), input.k);
      expectNear(await scoresOf(input, targets, 1), slowGaussianScores(v, soft, input.folds, 1));
    }
  }, 360_000);

  it("do not depend on the source's blocks, nor on threads", async () => {
    const random = generator(7);
    const n = 3_000;
    const d = 70;
    const values = Float64Array.from({ length: n * d }, () => random() - 0.3);
    const labels = Int32Array.from({ length: n }, (_, row) => row % 3);
    const folds = Uint8Array.from({ length: n }, () => Math.floor(random() * 10));
    const answer = async (source: VectorSource, products: { threads: number; few: number }) => {
      const gaussian = await Gaussian.over({
        vectors: source,
        labels,
        folds,
        k: 3,
        threads: products.threads,
        fewProducts: products.few,
      });
      const sums = await gaussian.learn(hardTargets(labels));
      const z = new Float64Array(n * 3);
      for await (const block of gaussian.scores(sums, 0.3)) z.set(block.z, block.start * 3);
      const { losses } = await gaussian.chooseRidge(sums);
      return [...z, ...losses, await gaussian.temperature(sums, 0.3)];
    };
    const inOne = await answer(vectorsOf(values, d), { threads: 1, few: 0 });
    expect(await answer(vectorsOf(values, d), { threads: 3, few: 0 })).toEqual(inOne);
    const pieces = {
      n,
      d,
      *blocks() {
        for (let start = 0; start < n; start += 17) {
          const rows = Math.min(17, n - start);
          yield { start, rows, values: values.subarray(start * d, (start + rows) * d) };
        }
      },
    };
    expect(await answer(pieces, { threads: 2, few: 0 })).toEqual(inOne);
  }, 240_000);

  it("are the same bits once a ridge is chosen, and by sums that it was not chosen by", async () => {
    const input = randomInput(generator(11));
    const { labels, k } = input;
    const other = hardTargets(Int32Array.from(labels, (label) => (label + 1) % k));
    const answer = async (isChosen: boolean) => {
      const gaussian = await over(input, flat(input.vectors));
      const [sums, otherSums] = [await gaussian.learn(hard(input)), await gaussian.learn(other)];
      if (isChosen) await gaussian.chooseRidge(sums);
      const found: number[] = [];
      for (const own of [sums, otherSums]) {
        for (const ridge of [...RIDGES, 0.5]) {
          for await (const { z } of gaussian.scores(own, ridge)) found.push(...z);
          found.push(await gaussian.temperature(own, ridge));
        }
      }
      return found;
    };
    expect(await answer(true)).toEqual(await answer(false));
  });

  it("a thread that fails is an error", async () => {
    const input = randomInput(generator(8));
    const { k } = input;
    const source = flat(input.vectors);
    const own = { labels: Int32Array.from(input.labels), folds: Uint8Array.from(input.folds), k };
    const gaussian = await Gaussian.over({ ...own, vectors: source, threads: 2, fewProducts: 0 });
    const sums = await gaussian.learn(hard(input));
    // Sums that are no numbers make a matrix that is not positive definite.
    sums.sums.fill(Number.NaN);
    await expect(gaussian.chooseRidge(sums)).rejects.toThrow(/not positive definite/);
  });

  it("say nothing but class sizes where all vectors are the same, or all are zero", async () => {
    const labels = Array.from({ length: 40 }, (_, row) => Number(row % 4 === 0));
    const folds = labels.map((_, row) => Math.floor(row / 4) % 5);
    for (const row of [
      [0.3, -2, 5],
      [0, 0, 0],
      [1e-310, 0, 0],
    ]) {
      const input = { vectors: labels.map(() => row), labels, folds, k: 2 };
      const z = await scoresOf(input, hard(input), 0.1);
      for (let i = 0; i < 40; i++) {
        expect(z[2 * i]).toBeCloseTo(Math.log(0.75), 9);
        expect(z[2 * i + 1]).toBeCloseTo(Math.log(0.25), 9);
      }
    }
  });

  it("a class that only one fold has is next to impossible there, and scores stay finite", async () => {
    const random = generator(3);
    const labels = Array.from({ length: 60 }, (_, row) => (row < 2 ? 2 : row % 2));
    const folds = labels.map((label, row) => (label === 2 ? 0 : row % 5));
    const vectors = labels.map((label) => Array.from({ length: 6 }, () => random() + label));
    const input = { vectors, labels, folds, k: 3 };
    const z = await scoresOf(input, hard(input), 0.03);
    expect(z.every(Number.isFinite)).toBe(true);
    expect(z[2]!).toBeLessThan(Math.min(z[0]!, z[1]!) - 15);
  });

  it("vectors of any length count the same: huge, tiny and float32", async () => {
    const input = randomInput(generator(11));
    const plain = await scoresOf(input, hard(input), 0.3);
    for (const scale of [1e200, 1e-150]) {
      const scaled = flat(input.vectors.map((row) => row.map((value) => value * scale)));
      expectNear(await scoresOf(input, hard(input), 0.3, scaled), [...plain]);
    }
    const single = vectorsOf(Float32Array.from(input.vectors.flat()), input.vectors[0]!.length);
    const z = await scoresOf(input, hard(input), 0.3, single);
    plain.forEach((value, i) => {
      expect(Math.abs(z[i]! - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
    });
  });

  it("a value that is no number is refused by row and column", async () => {
    const input = randomInput(generator(5));
    for (const [row, column, value] of [
      [4, 0, Number.NaN],
      [9, input.vectors[0]!.length - 1, Number.POSITIVE_INFINITY],
    ] as const) {
      const vectors = input.vectors.map((values) => values.slice());
      vectors[row]![column] = value;
      await expect(over(input, flat(vectors))).rejects.toMatchObject({
        code: "invalid-vectors",
        message: expect.stringContaining(`row ${row}, column ${column}: ${value}`),
      });
    }
  });

  it("stop when they are told to", async () => {
    const input = randomInput(generator(6));
    const signal = AbortSignal.abort();
    const { labels, folds, k } = input;
    const own = { labels: Int32Array.from(labels), folds: Uint8Array.from(folds), k, signal };
    await expect(Gaussian.over({ ...own, vectors: flat(input.vectors) })).rejects.toMatchObject({
      code: "cancelled",
    });
    for (const threads of [1, 2]) {
      const stopping = new AbortController();
      const asked = { ...own, signal: stopping.signal, threads, fewProducts: 0 };
      const gaussian = await Gaussian.over({ ...asked, vectors: flat(input.vectors) });
      const sums = await gaussian.learn(hard(input));
      stopping.abort();
      await expect(gaussian.chooseRidge(sums)).rejects.toMatchObject({ code: "cancelled" });
    }
  });
});
