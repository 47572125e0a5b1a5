import { describe, expect, it } from "vitest";
import {
  arraySource,
  meanOfSources,
  type ProbabilitySource,
  poolInto,
  poolOfSources,
  vectorShares,
} from "../index.js";

const LABELS = Int32Array.of(0, 1, 1);
const FIRST = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.5, 0.5);
const SECOND = Float32Array.of(0.5, 0.5, 0, 1, 0.75, 0.25);

async function whole(source: ProbabilitySource): Promise<number[]> {
  const all = new Float64Array(source.n * source.k);
  for await (const { start, probs } of source.blocks()) all.set(probs, start * source.k);
  return [...all];
}

/** The same rows, one a block. */
function byRow({ n, k, dtype }: ProbabilitySource, probs: Float64Array): ProbabilitySource {
  return {
    n,
    k,
    dtype,
    async *blocks() {
      for (let row = 0; row < n; row++) {
        const own = probs.subarray(row * k, (row + 1) * k);
        yield { start: row, rows: 1, labels: LABELS.subarray(row, row + 1), probs: own };
      }
    },
  };
}

describe("sources of several members", () => {
  const first = arraySource(LABELS, FIRST, 2);
  const second = arraySource(LABELS, SECOND, 2);

  it("give the members' mean, and their pool, as often as they are read", async () => {
    const mean = meanOfSources([first, second]);
    const expected = [...FIRST].map((p, i) => (p + SECOND[i]!) / 2);
    expect(await whole(mean)).toEqual(expected);
    expect(await whole(mean)).toEqual(expected);
    const pooled = new Float64Array(6);
    const members = [
      { probs: FIRST, share: 0.7 },
      { probs: SECOND, share: 0.3 },
    ];
    poolInto(members, 2, pooled);
    const pool = poolOfSources([
      { source: first, share: 0.7 },
      { source: second, share: 0.3 },
    ]);
    expect(await whole(pool)).toEqual([...pooled]);
  });

  it("of other shapes or blocks are refused", async () => {
    const other = arraySource(LABELS.subarray(0, 2), FIRST.subarray(0, 4), 2);
    expect(() => meanOfSources([first, other])).toThrow(/\(3, 2\), \(2, 2\)/);
    expect(() => meanOfSources([])).toThrow(/none/);
    await expect(whole(meanOfSources([first, byRow(first, FIRST)]))).rejects.toThrow(/unequal/);
  });
});

it("the shares of a pool with vectors sum to 1, and those of the vectors to their weight", () => {
  for (const weight of [0.3, 0.5]) {
    const { quick, vectors, second, vectorsSecond } = vectorShares(weight);
    expect(quick + second + vectors + vectorsSecond).toBeCloseTo(1, 12);
    expect(vectors + vectorsSecond).toBeCloseTo(weight, 12);
    expect([quick, vectors]).toEqual([second, vectorsSecond]);
  }
});
