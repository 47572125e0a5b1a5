import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, it } from "vitest";
import { noiseInterval, type Stratum, strataOf } from "./noise-interval.js";

const Z = 1.959963984540054;
const rateOf = (strata: readonly Stratum[]): number => {
  const total = strata.reduce((sum, { rows }) => sum + rows, 0);
  return strata.reduce((sum, { rows, off, counted }) => sum + (rows / total) * (off / counted), 0);
};

describe("the interval of the noise rate", () => {
  it.each([
    [10, 3],
    [100, 0],
    [100, 100],
    [4_000, 210],
  ])(
    "of one class with %i counted rows, %i off, ends where Wilson's score test rejects",
    (m, off) => {
      const p = off / m;
      const { low, high } = noiseInterval(p, [{ counted: m, off, rows: 2 * m }]);
      for (const bound of [low, high]) {
        if (bound < 1e-12 || bound > 1 - 1e-12) continue;
        const deviate = Math.abs(p - bound) / Math.sqrt((bound * (1 - bound)) / m);
        expect(deviate).toBeCloseTo(Z, 9);
      }
      expect(low).toBeLessThanOrEqual(p);
      expect(high).toBeGreaterThanOrEqual(p);
      expect(high - low).toBeGreaterThan(0);
    },
  );

  it("covers the true rate in about 95 of 100 draws", () => {
    const random = xoroshiro128plus(3);
    const classes = [
      { counted: 60, rows: 500, rate: 0.02 },
      { counted: 300, rows: 400, rate: 0.2 },
      { counted: 25, rows: 100, rate: 0.5 },
      { counted: 900, rows: 1_000, rate: 0.07 },
    ];
    const truth = rateOf(classes.map((one) => ({ ...one, off: one.rate * one.counted })));
    let covered = 0;
    const draws = 2_000;
    for (let draw = 0; draw < draws; draw++) {
      const strata = classes.map(({ counted, rows, rate }) => {
        let off = 0;
        for (let i = 0; i < counted; i++) off += uniformFloat64(random) < rate ? 1 : 0;
        return { counted, rows, off };
      });
      const { low, high } = noiseInterval(rateOf(strata), strata);
      if (low <= truth && truth <= high) covered += 1;
    }
    expect(covered / draws).toBeGreaterThan(0.93);
    expect(covered / draws).toBeLessThan(0.98);
  });

  it("gets narrower with more rows, and is never empty when nothing is off", () => {
    const of = (times: number, off: number) =>
      noiseInterval(off / 50, [
        { counted: 50 * times, off: off * times, rows: 50 * times },
        { counted: 50 * times, off: off * times, rows: 50 * times },
      ]);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(of(100, 5))).toBeLessThan(width(of(1, 5)) / 8);
    expect(of(1, 0)).toMatchObject({ low: 0 });
    // As for one class of all the rows.
    const whole = noiseInterval(0, [{ counted: 100, off: 0, rows: 100 }]);
    expect(of(1, 0).high).toBeCloseTo(whole.high, 2);
  });

  it("says nothing where nothing was counted, and always holds the rate", () => {
    expect(noiseInterval(0, [])).toEqual({ low: 0, high: 1 });
    expect(noiseInterval(0, [{ counted: 0, off: 0, rows: 7 }])).toEqual({ low: 0, high: 1 });
    expect(noiseInterval(0.5, [{ counted: 900, off: 9, rows: 900 }]).high).toBe(0.5);
  });

  it("takes its strata from the rows of the joint", () => {
    const joint = [8, 2, 1, 9];
    expect(strataOf(joint, [40, 60])).toEqual([
      { counted: 10, off: 2, rows: 40 },
      { counted: 10, off: 1, rows: 60 },
    ]);
    expect(strataOf(joint, [40, 60], false).map(({ rows }) => rows)).toEqual([10, 10]);
  });
});
