import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readAnywhere } from "./read-anywhere.js";

it("reads any part of a file, and no more than there is or is allowed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "winnow-read-"));
  const path = join(dir, "file");
  writeFileSync(path, "0123456789");
  const file = await readAnywhere(path, 8);
  const text = async (start: number, end?: number) =>
    Buffer.from(await file.slice(start, end)).toString();
  try {
    expect(file.byteLength).toBe(10);
    expect(await text(3, 5)).toBe("34");
    expect(await text(8)).toBe("89");
    expect(await text(8, 100)).toBe("89");
    expect(await text(20, 30)).toBe("");
    await expect(async () => text(0, 9)).rejects.toThrow("9 bytes");
  } finally {
    await file.close();
    rmSync(dir, { recursive: true });
  }
});
