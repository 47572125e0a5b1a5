import { expect, it } from "vitest";
import { FirstPending } from "./first-pending.js";

it("a beginning counts until the dataset's next undo, and a minute at most", () => {
  const known = new FirstPending();
  expect(known.get("worst", 0, 0)).toBeUndefined();
  known.set("worst", 0, [7, 7], 0);
  known.set("worst", 0, [9, 9], 50_000);
  expect(known.get("worst", 0, 59_999)).toEqual([9, 9]);
  expect(known.get("random", 0, 1)).toBeUndefined();
  expect(known.get("worst", 12, 1)).toBeUndefined();
  expect(known.get("worst", 0, 60_000)).toBeUndefined();
  known.set("worst", 12, null, 60_000);
  expect(known.get("worst", 12, 60_001)).toBeNull();
});

it("of many queues the latest are known", () => {
  const known = new FirstPending();
  for (let n = 0; n <= 1_000; n += 1) known.set(`${n}`, 0, [n, n], 0);
  expect(known.get("0", 0, 1)).toBeUndefined();
  expect(known.get("1", 0, 1)).toEqual([1, 1]);
  expect(known.get("1000", 0, 1)).toEqual([1000, 1000]);
});
