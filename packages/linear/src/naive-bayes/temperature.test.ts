import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-texts.js";
import { fitTemperature, temper } from "../index.js";

const K = 4;

function lossAt(scores: Float64Array, labels: readonly number[], tau: number): number {
  const rows = scores.slice();
  temper(rows, K, tau);
  return labels.reduce((sum, label, row) => sum - Math.log(rows[row * K + label]!), 0);
}

function drawn(sharpness: number) {
  const random = generator(7);
  const scores = Float64Array.from({ length: 500 * K }, () => sharpness * random());
  const labels = Array.from({ length: 500 }, (_, row) => {
    const own = scores.subarray(row * K, (row + 1) * K);
    return random() < 0.4 ? own.indexOf(Math.max(...own)) : Math.floor(K * random());
  });
  return { scores, labels };
}

describe("the temperature", () => {
  it.each([2, 8, 25])("has the least log loss of all, for scores up to %i", (sharpness) => {
    const { scores, labels } = drawn(sharpness);
    const tau = fitTemperature({ scores, labels, k: K });
    const loss = lossAt(scores, labels, tau);
    for (let other = 0.25; other <= 16; other *= 1.01) {
      expect(lossAt(scores, labels, other)).toBeGreaterThanOrEqual(loss - 1e-9);
    }
  });

  it("ends at its bounds: at 1/4 where every score is right, at 16 where they are all wrong", () => {
    const scores = Float64Array.from({ length: 40 * K }, (_, i) => +(i % K === 0));
    const right = new Array<number>(40).fill(0);
    const wrong = new Array<number>(40).fill(1);
    expect(fitTemperature({ scores, labels: right, k: K })).toBe(0.25);
    expect(fitTemperature({ scores, labels: wrong, k: K })).toBe(16);
  });
});
