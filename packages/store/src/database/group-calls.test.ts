import { expect, it } from "vitest";
import { groupCalls } from "./group-calls.js";

it("calls of one turn share a run, those that arrive meanwhile the next one", async () => {
  const runs: number[][] = [];
  const double = groupCalls(async (items: readonly number[]) => {
    runs.push([...items]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return items.map((item) => ({ value: 2 * item }));
  });
  const first = [double(1), double(2)];
  await new Promise((resolve) => setTimeout(resolve, 5));
  const second = [double(3), double(4), double(5)];
  expect(await Promise.all([...first, ...second])).toEqual([2, 4, 6, 8, 10]);
  expect(runs).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  expect(await double(6)).toBe(12);
});

it("a run takes at most its limit, in the order of the calls", async () => {
  const runs: number[][] = [];
  const same = groupCalls(async (items: readonly number[]) => {
    runs.push([...items]);
    return items.map((value) => ({ value }));
  }, 2);
  expect(await Promise.all([1, 2, 3, 4, 5].map(same))).toEqual([1, 2, 3, 4, 5]);
  expect(runs).toEqual([[1, 2], [3, 4], [5]]);
});

it("an item's error affects it alone, a run's error all its calls, and the next run continues", async () => {
  let isDown = false;
  const odd = groupCalls(async (items: readonly number[]) => {
    if (isDown) throw new Error("down");
    return items.map((n) => (n % 2 ? { value: n } : { error: new Error(`${n} is even`) }));
  });
  const reasons = async (...calls: Promise<number>[]) =>
    (await Promise.allSettled(calls)).map((end) =>
      end.status === "fulfilled" ? end.value : end.reason.message,
    );
  expect(await reasons(odd(1), odd(2), odd(3))).toEqual([1, "2 is even", 3]);
  isDown = true;
  expect(await reasons(odd(1), odd(3))).toEqual(["down", "down"]);
  isDown = false;
  expect(await odd(5)).toBe(5);
});
