import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ScratchFile } from "./scratch-file.js";

it("gives back what was appended, from any place, and nothing of it lies in the folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scratch-test-"));
  const file = new ScratchFile(folder);
  file.append(Uint8Array.of(1, 2, 3));
  file.append(Uint8Array.of(4, 5));
  const two = new Uint8Array(2);
  file.read(2, two);
  expect([...two]).toEqual([3, 4]);
  expect(await readdir(folder)).toEqual([]);
  expect(file.length).toBe(5);
  expect([...file.chunks(2)].map((block) => [...block])).toEqual([[1, 2], [3, 4], [5]]);
  expect(() => file.read(4, two)).toThrow("ended before");
  file.close();
});

it("says so where the folder is missing", () => {
  expect(() => new ScratchFile("/nowhere/at/all").append(Uint8Array.of(1))).toThrow("ENOENT");
});
