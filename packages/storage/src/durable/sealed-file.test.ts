import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readSealed, writeSealed } from "./sealed-file.js";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-sealed-"));
  path = join(folder, "below", "file");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("what was written is read, fit for typed arrays, and no temporary file is left", async () => {
  await writeSealed(path, [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)]);
  const content = await readSealed(path);
  expect([...(content ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect((content?.byteOffset ?? 1) % 8).toBe(0);
  await writeSealed(path, [Uint8Array.of(9)]);
  expect([...((await readSealed(path)) ?? [])]).toEqual([9]);
  expect(readdirSync(join(folder, "below"))).toEqual(["file"]);
});

it("a file that is not there is null", async () => {
  expect(await readSealed(path)).toBeNull();
});

it("a file that was cut, or in which one bit was turned, is null", async () => {
  await writeSealed(path, [new Uint8Array(200).map((_, i) => i)]);
  const whole = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), fc.boolean(), async (at, bit, cut) => {
      const broken = Buffer.from(whole);
      broken[at] = broken[at]! ^ (1 << bit);
      writeFileSync(path, cut ? whole.subarray(0, at) : broken);
      expect(await readSealed(path)).toBeNull();
    }),
    { numRuns: 100 },
  );
});

it("a folder in its place is an error for the caller", async () => {
  await writeSealed(join(path, "inner"), [Uint8Array.of(1)]);
  await expect(writeSealed(path, [Uint8Array.of(1)])).rejects.toMatchObject({ code: "EISDIR" });
  expect(readdirSync(join(folder, "below"))).toEqual(["file"]);
});
