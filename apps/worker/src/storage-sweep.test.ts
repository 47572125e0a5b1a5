import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sweepStorage } from "./storage-sweep.js";

const DAY_MS = 86_400_000;
const now = Date.UTC(2026, 0, 20);
let storageDir: string;

beforeEach(() => {
  storageDir = mkdtempSync(join(tmpdir(), "winnow-sweep-"));
});
afterEach(() => rmSync(storageDir, { recursive: true, force: true }));

function put(path: string, ageDays: number): void {
  const whole = join(storageDir, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, "x");
  const at = new Date(now - ageDays * DAY_MS);
  for (const touched of [whole, dirname(whole)]) utimesSync(touched, at, at);
}

it("what was not used for long goes, and uploads are never touched", async () => {
  put("tokens/old.tokens", 8);
  put("tokens/used.tokens", 6);
  put("tokens/half.tokens.ab12.part", 2);
  put("checkpoints/task_old/00000001-1.checkpoint", 8);
  put("checkpoints/task_alive/00000007-2.checkpoint", 1);
  put("downloads/left", 2);
  put("up_1234", 400);
  put("uploads/2024/up_5678", 400);
  expect((await sweepStorage(storageDir, now)).sort()).toEqual([
    "checkpoints/task_old",
    "downloads/left",
    "tokens/half.tokens.ab12.part",
    "tokens/old.tokens",
  ]);
  for (const path of [
    "tokens/used.tokens",
    "checkpoints/task_alive/00000007-2.checkpoint",
    "up_1234",
    "uploads/2024/up_5678",
  ]) {
    expect(existsSync(join(storageDir, path)), path).toBe(true);
  }
});

it("a storage that holds nothing yet is no fault", async () => {
  expect(await sweepStorage(storageDir, now)).toEqual([]);
});
