import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { appendBytes, finishFile, receivedBytes } from "./growing-file.js";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-growing-"));
  path = join(folder, "below", "file");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

it("grows turn by turn and has its name once it is finished, however often", async () => {
  expect(await receivedBytes(path)).toBe(0);
  await appendBytes(path, chunks("ab", "c"));
  await appendBytes(path, chunks("de"));
  expect(await receivedBytes(path)).toBe(5);
  expect(readdirSync(join(folder, "below"))).toEqual(["file.part"]);
  const sha256 = createHash("sha256").update("abcde").digest("hex");
  expect(await finishFile(path)).toBe(sha256);
  expect(await finishFile(path)).toBe(sha256);
  expect(readdirSync(join(folder, "below"))).toEqual(["file"]);
  expect(readFileSync(path, "utf8")).toBe("abcde");
  expect(await receivedBytes(path)).toBe(5);
});

it("keeps what came before the chunks broke off", async () => {
  async function* breaking() {
    yield Buffer.from("abc");
    throw new Error("the connection broke");
  }
  await expect(appendBytes(path, breaking())).rejects.toThrow("the connection broke");
  expect(await receivedBytes(path)).toBe(3);
  await appendBytes(path, chunks("de"));
  expect(await receivedBytes(path)).toBe(5);
});
