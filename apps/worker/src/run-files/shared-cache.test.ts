import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Cached, openSharedCache } from "./shared-cache.js";

let folder: string;
let faults: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-cache-"));
  faults = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const cache = () => openSharedCache(folder, (error) => faults.push(error));

/** A text in the cache, and a count of how often it was made. */
function cached(text: string) {
  const counter = { made: 0 };
  const item: Cached<string> = {
    async make() {
      counter.made += 1;
      await sleep(30);
      return text;
    },
    encode: (value) => [Buffer.from(value)],
    decode: (content) => {
      const value = Buffer.from(content).toString();
      return value === text ? value : null;
    },
  };
  return { item, counter };
}

it("of many at once one makes the value, the others read it, and no lock is left", async () => {
  const { item, counter } = cached("tokens");
  const answers = await Promise.all(Array.from({ length: 8 }, () => cache().take("name", item)));
  expect(answers.map(({ value }) => value)).toEqual(new Array(8).fill("tokens"));
  expect(answers.filter(({ made }) => made)).toHaveLength(1);
  expect(counter.made).toBe(1);
  expect(readdirSync(folder)).toEqual(["name"]);
});

it("a damaged file and one that does not fit are made again", async () => {
  writeFileSync(join(folder, "name"), "no sealed file");
  expect(await cache().take("name", cached("a").item)).toEqual({ value: "a", made: true });
  expect(await cache().take("name", cached("b").item)).toEqual({ value: "b", made: true });
  expect(await cache().take("name", cached("b").item)).toEqual({ value: "b", made: false });
});

it("the lock of a process that died is taken over", async () => {
  const dead = execFileSync(process.execPath, ["-p", "process.pid"]).toString().trim();
  writeFileSync(join(folder, "name.lock"), `${hostname()} ${dead}`);
  expect(await cache().take("name", cached("a").item)).toEqual({ value: "a", made: true });
  expect(readdirSync(folder)).toEqual(["name"]);
});

it("a lock with this process's pid that it does not hold is that of a dead process", async () => {
  writeFileSync(join(folder, "name.lock"), `${hostname()} ${process.pid}`);
  expect(await cache().take("name", cached("a").item)).toEqual({ value: "a", made: true });
  expect(readdirSync(folder)).toEqual(["name"]);
});

it("another machine's lock is left alone and not waited for", async () => {
  writeFileSync(join(folder, "name.lock"), "elsewhere 1");
  expect(await cache().take("name", cached("a").item)).toEqual({ value: "a", made: true });
  expect(readdirSync(folder)).toEqual(["name.lock"]);
});

it("an error while making releases the lock and is thrown", async () => {
  const failing: Cached<string> = {
    ...cached("a").item,
    make: () => Promise.reject(new Error("no texts")),
  };
  await expect(cache().take("name", failing)).rejects.toThrow("no texts");
  expect(existsSync(join(folder, "name.lock"))).toBe(false);
});

it("a folder that cannot be written costs only the cache", async () => {
  writeFileSync(join(folder, "file"), "");
  const blocked = openSharedCache(join(folder, "file"), (error) => faults.push(error));
  expect(await blocked.take("name", cached("a").item)).toEqual({ value: "a", made: true });
  expect(faults.length).toBeGreaterThan(0);
});
