import { describe, expect, it } from "vitest";
import { wrongRows } from "./finite-population.js";

/** Binomial coefficients without rounding. */
function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let product = 1n;
  for (let i = 1; i <= k; i++) product = (product * BigInt(n - k + i)) / BigInt(i);
  return product;
}

/** The definition, counted out: every number of wrong rows that neither tail rules out. */
function boundsByCounting(rows: number, drawn: number, wrong: number, alpha: number) {
  const ways = choose(rows, drawn);
  const tail = (all: number, from: number, to: number) => {
    let sum = 0n;
    for (let x = from; x <= to; x++) sum += choose(all, x) * choose(rows - all, drawn - x);
    return Number((sum * 10n ** 15n) / ways) / 1e15;
  };
  const kept = Array.from({ length: rows + 1 }, (_, all) => all).filter(
    (all) =>
      wrong <= all &&
      drawn - wrong <= rows - all &&
      tail(all, wrong, drawn) > alpha / 2 &&
      tail(all, 0, wrong) > alpha / 2,
  );
  return { low: kept[0], high: kept.at(-1) };
}

describe("bounds of the wrong rows in a finite population", () => {
  it("are those of the definition, counted out with whole numbers", () => {
    for (const rows of [1, 2, 5, 17, 40]) {
      for (const drawn of [1, 2, 5, 16, 40].filter((n) => n <= rows)) {
        for (let wrong = 0; wrong <= drawn; wrong++) {
          // No tail of these sizes is exactly half of it, where rounding would decide.
          for (const alpha of [0.0503, 0.1907]) {
            const found = wrongRows({ rows, drawn, wrong }, alpha);
            expect(found, `${wrong} of ${drawn} of ${rows}`).toEqual(
              boundsByCounting(rows, drawn, wrong, alpha),
            );
          }
        }
      }
    }
  });

  it("come to the known ones of Clopper and Pearson as the population grows", () => {
    const shares = (drawn: number, wrong: number) => {
      const rows = 100_000_000;
      const { low, high } = wrongRows({ rows, drawn, wrong });
      return [low / rows, high / rows];
    };
    // 1 - .025^(1/100); and Clopper-Pearson tables for 5 of 100 and 50 of 100.
    expect(shares(100, 0)[0]).toBe(0);
    expect(shares(100, 0)[1]).toBeCloseTo(0.0362167, 5);
    expect(shares(100, 5)[0]).toBeCloseTo(0.0164319, 5);
    expect(shares(100, 5)[1]).toBeCloseTo(0.1128349, 5);
    expect(shares(100, 50)[0]).toBeCloseTo(0.3983211, 5);
    expect(shares(100, 50)[1]).toBeCloseTo(0.6016789, 5);
  });

  it("are the truth where all was drawn, and everything where nothing was", () => {
    expect(wrongRows({ rows: 300, drawn: 300, wrong: 17 })).toEqual({ low: 17, high: 17 });
    expect(wrongRows({ rows: 300, drawn: 0, wrong: 0 })).toEqual({ low: 0, high: 300 });
    expect(wrongRows({ rows: 0, drawn: 0, wrong: 0 })).toEqual({ low: 0, high: 0 });
  });

  it("stay apart for millions of rows and thousands of draws", () => {
    const { low, high } = wrongRows({ rows: 3_000_000, drawn: 10_000, wrong: 4_000 });
    // By the normal approximation, .4 plus or minus 1.96 sqrt(.24 / 10,000).
    expect(low / 3_000_000).toBeCloseTo(0.3904, 3);
    expect(high / 3_000_000).toBeCloseTo(0.4096, 3);
  });
});
