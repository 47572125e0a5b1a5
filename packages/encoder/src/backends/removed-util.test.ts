import { createRequire } from "node:module";
import util from "node:util";
import { afterEach, expect, it } from "vitest";
import { selectBackend } from "./select.js";

type Removed = Record<"isArray" | "isNullOrUndefined", ((value: unknown) => boolean) | undefined>;

const removed = util as unknown as Removed;
const { isArray, isNullOrUndefined } = removed;

afterEach(() => {
  Object.assign(removed, { isArray, isNullOrUndefined });
});

it("a native package finds in node:util what its version of Node has removed", async () => {
  Object.assign(removed, { isArray: undefined, isNullOrUndefined: undefined });
  let seen: unknown[] = [];
  const loading = selectBackend("tfjs-node", async () => {
    // As the package does, which is a CommonJS module.
    const found = createRequire(import.meta.url)("util") as Removed;
    seen = [null, undefined, 0, []].map((value) => [
      found.isNullOrUndefined?.(value),
      found.isArray?.(value),
    ]);
    throw new Error("seen enough");
  });
  await expect(loading).rejects.toThrow("seen enough");
  expect(seen).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [false, true],
  ]);
});
