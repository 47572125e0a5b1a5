import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { changedAt, freeEntry, namesIn, sweepFolder } from "./sweep-folder.js";

const HOUR_MS = 3_600_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-sweep-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, bytes: number, ageHours = 0): void {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, Buffer.alloc(bytes));
  age(name, ageHours);
}

function age(name: string, hours: number): void {
  const at = new Date(Date.now() - hours * HOUR_MS);
  utimesSync(join(folder, name), at, at);
}

const left = () => readdirSync(folder).sort();
const always = (keptMs: number) => async (names: readonly string[]) =>
  new Map(names.map((name) => [name, keptMs]));

it("what is older than it is kept goes, with all that is in it", async () => {
  put("old", 10, 25);
  put("young", 20, 23);
  put("folder/a/b", 30, 25);
  put("folder/c", 5, 25);
  age("folder", 25);
  const sweep = (dryRun: boolean) => sweepFolder(folder, always(24 * HOUR_MS), dryRun);
  expect(await sweep(true)).toEqual({ items: 2, bytes: 45 });
  expect(left()).toEqual(["folder", "old", "young"]);
  expect(await sweep(false)).toEqual({ items: 2, bytes: 45 });
  expect(left()).toEqual(["young"]);
});

it("a name without a time is kept however old it is; 0 removes what was just written", async () => {
  put("kept", 1, 1_000_000);
  put("new", 2);
  put("from-the-future", 3, -5);
  const swept = await sweepFolder(
    folder,
    async () =>
      new Map([
        ["new", 0],
        ["from-the-future", 0],
      ]),
    false,
  );
  expect(swept).toEqual({ items: 2, bytes: 5 });
  expect(left()).toEqual(["kept"]);
});

it("asks for 500 names at a time", async () => {
  for (let i = 0; i < 1_001; i++) put(`f${i}`, 1, 2);
  const asked: number[] = [];
  const swept = await sweepFolder(
    folder,
    (names) => {
      asked.push(names.length);
      return always(HOUR_MS)(names);
    },
    false,
  );
  expect(asked).toEqual([500, 500, 1]);
  expect(swept.items).toBe(1_001);
});

it("what went meanwhile, and a folder that is not there, are passed over", async () => {
  expect(await sweepFolder(join(folder, "none"), always(0), false)).toEqual({ items: 0, bytes: 0 });
  put("a", 1);
  const swept = await sweepFolder(
    folder,
    async (names) => {
      rmSync(join(folder, "a"));
      return always(0)(names);
    },
    false,
  );
  expect(swept).toEqual({ items: 0, bytes: 0 });
  expect(await namesIn(join(folder, "none"))).toEqual([]);
  expect(await changedAt(join(folder, "a"))).toBeNull();
  expect(await freeEntry(join(folder, "a"), false)).toBe(0);
});

it("a link is removed, not what it leads to", async () => {
  const outside = mkdtempSync(join(tmpdir(), "winnow-outside-"));
  writeFileSync(join(outside, "file"), "precious");
  symlinkSync(outside, join(folder, "link"));
  await sweepFolder(folder, always(0), false);
  expect(left()).toEqual([]);
  expect(readdirSync(outside)).toEqual(["file"]);
  rmSync(outside, { recursive: true });
});
