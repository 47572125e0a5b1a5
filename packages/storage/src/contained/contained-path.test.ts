import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isBelow, isDownward, realPathBelow } from "./contained-path.js";

describe("isBelow", () => {
  it.each(["/data/a", "/data/a/b", "/data/..a", "/data/a/../b"])("%s lies below /data", (path) => {
    expect(isBelow("/data", path)).toBe(true);
  });

  it.each(["/data", "/data/", "/data/..", "/", "/database", "/data/../other", "/data/a/../../b"])(
    "%s does not lie below /data",
    (path) => expect(isBelow("/data", path)).toBe(false),
  );
});

describe("isDownward", () => {
  it.each(["a", "a/b", "..a/b", "a/b.."])("%s leads downward", (path) => {
    expect(isDownward(path)).toBe(true);
  });

  it.each(["", "/a", "a/", "a//b", ".", "a/./b", "..", "a/../b"])('"%s" does not', (path) => {
    expect(isDownward(path)).toBe(false);
  });
});

describe("realPathBelow", () => {
  let folder: string;
  let root: string;
  const found = async (path: string) => (await realPathBelow(root, path))?.path ?? null;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "winnow-contained-")));
    root = join(folder, "root");
    mkdirSync(join(root, "inner"), { recursive: true });
    mkdirSync(join(folder, "root-beside"));
    writeFileSync(join(root, "inner", "file"), "inside");
    writeFileSync(join(folder, "secret"), "outside");
    symlinkSync(join(folder, "secret"), join(root, "out"));
    symlinkSync(folder, join(root, "up"));
    symlinkSync(join(root, "inner", "file"), join(root, "in"));
    symlinkSync(root, join(folder, "link-to-root"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("finds files and folders by relative and by absolute paths", async () => {
    const file = join(root, "inner", "file");
    expect(await found("inner/file")).toBe(file);
    expect(await found(file)).toBe(file);
    const inner = await realPathBelow(root, "inner");
    expect(inner?.stats.isDirectory()).toBe(true);
  });

  it("follows a link that stays inside, and a root that is a link", async () => {
    const file = join(root, "inner", "file");
    expect(await found("in")).toBe(file);
    const linked = await realPathBelow(join(folder, "link-to-root"), "in");
    expect(linked?.path).toBe(file);
  });

  it("gives the same null for what lies outside and for what is not there", async () => {
    for (const path of ["out", "up/secret", "../secret", "../root-beside", ".", "none"]) {
      expect(await found(path), path).toBeNull();
    }
    expect(await found(join(folder, "secret"))).toBeNull();
  });

  it("throws where the root itself is not there", async () => {
    await expect(realPathBelow(join(folder, "gone"), "file")).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});
