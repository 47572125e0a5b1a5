import { expect, it } from "vitest";
import { RETRY_WAITS_MS, retryWait } from "./retry-waits.js";

const DAY_MS = 24 * 3_600_000;

it("the waits grow, and ten attempts take about a day", () => {
  for (const [i, wait] of RETRY_WAITS_MS.entries()) {
    if (i > 0) expect(wait).toBeGreaterThan(RETRY_WAITS_MS[i - 1]!);
  }
  expect(RETRY_WAITS_MS).toHaveLength(9);
  const sum = RETRY_WAITS_MS.reduce((a, b) => a + b);
  expect(sum).toBeGreaterThan(0.8 * DAY_MS);
  expect(sum).toBeLessThan(1.2 * DAY_MS);
});

it("each wait varies by up to a fifth, and there is none after the last attempt", () => {
  expect(retryWait(1, RETRY_WAITS_MS, 0, null)).toBe(4_000);
  expect(retryWait(1, RETRY_WAITS_MS, 1, null)).toBe(6_000);
  expect(retryWait(9, RETRY_WAITS_MS, 0.5, null)).toBe(12 * 3_600_000);
  expect(retryWait(10, RETRY_WAITS_MS, 0.5, null)).toBeNull();
});

it("a receiver that asks for a longer wait gets it, up to a day", () => {
  expect(retryWait(1, RETRY_WAITS_MS, 0.5, 60_000)).toBe(60_000);
  expect(retryWait(1, RETRY_WAITS_MS, 0.5, 1_000)).toBe(5_000);
  expect(retryWait(1, RETRY_WAITS_MS, 0.5, 1e12)).toBe(DAY_MS);
  expect(retryWait(10, RETRY_WAITS_MS, 0.5, 60_000)).toBeNull();
});
