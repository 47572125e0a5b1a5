import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createBreaker } from "./breaker.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const changes: boolean[] = [];
  const breaker = createBreaker({
    deaths: 3,
    earlyMs: 5_000,
    pauseMs: 60_000,
    onChange: (open) => changes.push(open),
  });
  return { breaker, changes };
}
const EARLY = { afterMs: 4_000 };
const LATE = { afterMs: 6_000 };

it("opens at the third early death in a row, and closes after the pause", () => {
  const { breaker, changes } = watched();
  breaker.note(EARLY);
  breaker.note(EARLY);
  expect(breaker.open).toBe(false);
  breaker.note(EARLY);
  expect(breaker.open).toBe(true);
  vi.advanceTimersByTime(59_999);
  expect(breaker.open).toBe(true);
  vi.advanceTimersByTime(1);
  expect(breaker.open).toBe(false);
  expect(changes).toEqual([true, false]);
});

it("after the pause one early death opens it again, a child that ends well resets it", () => {
  const { breaker } = watched();
  for (let i = 0; i < 3; i++) breaker.note(EARLY);
  vi.advanceTimersByTime(60_000);
  breaker.note(EARLY);
  expect(breaker.open).toBe(true);
  vi.advanceTimersByTime(60_000);
  breaker.note(null);
  breaker.note(EARLY);
  breaker.note(EARLY);
  expect(breaker.open).toBe(false);
});

it("deaths after a long run do not count, whether few or many", () => {
  const { breaker } = watched();
  for (let i = 0; i < 10; i++) breaker.note(LATE);
  expect(breaker.open).toBe(false);
});

it("deaths while it is open do not open it again", () => {
  const { breaker, changes } = watched();
  for (let i = 0; i < 6; i++) breaker.note(EARLY);
  expect(changes).toEqual([true]);
  breaker.end();
  vi.advanceTimersByTime(100_000);
  expect(changes).toEqual([true]);
});
