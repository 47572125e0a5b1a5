import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { hashFile, readChunks, writeHashed } from "./hashed.js";
import { syncFolders, writeDurably, writeNewFile } from "./write-file.js";

let folder: string;
let path: string;
let part: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-durable-"));
  path = join(folder, "below", "file");
  part = `${path}.part`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const names = () => readdirSync(join(folder, "below")).sort();

it("a file has its name only once all of it is written", async () => {
  const written = await writeDurably(path, part, async (file) => {
    const result = await writeHashed(file, chunks("ab", "", "c"));
    expect(names()).toEqual(["file.part"]);
    return result;
  });
  expect(names()).toEqual(["file"]);
  expect(readFileSync(path, "utf8")).toBe("abc");
  const sha256 = createHash("sha256").update("abc").digest("hex");
  expect(written).toEqual({ bytes: 3, sha256 });
  expect(await hashFile(path)).toEqual(written);
});

it("a write that throws leaves the old file and no part", async () => {
  await writeDurably(path, part, (file) => file.writeFile("old"));
  const broken = writeDurably(path, part, async (file) => {
    await file.writeFile("half of the ne");
    throw new Error("the source broke");
  });
  await expect(broken).rejects.toThrow("the source broke");
  expect(names()).toEqual(["file"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});

it("a signal ends a long write", async () => {
  const stop = new AbortController();
  async function* endless() {
    for (;;) {
      yield Buffer.from("x");
      stop.abort(new Error("stopped"));
    }
  }
  const written = writeDurably(path, part, (file) => writeHashed(file, endless(), stop.signal));
  await expect(written).rejects.toThrow("stopped");
  expect(names()).toEqual([]);
});

it("a new file overwrites none, and is its owner's alone", async () => {
  await writeNewFile(path, (file) => file.writeFile("first"));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "below")).mode & 0o777).toBe(0o700);
  const again = writeNewFile(path, (file) => file.writeFile("second"));
  await expect(again).rejects.toMatchObject({ code: "EEXIST" });
  expect(readFileSync(path, "utf8")).toBe("first");
});

it("chunks are read when they are asked for, and what is gone is thrown then", async () => {
  const read = readChunks(path);
  await expect(read.next()).rejects.toMatchObject({ code: "ENOENT" });
  await writeNewFile(path, (file) => file.writeFile("abc"));
  expect(await read.next()).toMatchObject({ done: true });
  expect((await readChunks(path).next()).value).toEqual(Buffer.from("abc"));
});

it("folders are synced with all those below them; one that is gone is an error", async () => {
  await writeNewFile(join(folder, "a", "b", "file"), (file) => file.writeFile("x"));
  await syncFolders(folder);
  expect(existsSync(join(folder, "a", "b", "file"))).toBe(true);
  await expect(syncFolders(join(folder, "gone"))).rejects.toMatchObject({ code: "ENOENT" });
});
