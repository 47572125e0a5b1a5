import { expect, it } from "vitest";
import { splitOf } from "./fold-split.js";

it("a fold's rows and all others, ascending", () => {
  expect(splitOf(Uint8Array.from([0, 1, 2, 1, 0]), 1)).toEqual({
    testIndices: Int32Array.from([1, 3]),
    trainIndices: Int32Array.from([0, 2, 4]),
  });
  expect(splitOf(Uint8Array.from([3, 3]), 3)).toEqual({
    testIndices: Int32Array.from([0, 1]),
    trainIndices: new Int32Array(0),
  });
});
