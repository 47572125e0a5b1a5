import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LockFile, takeLockFile } from "./lock-file.js";

const MINUTE_MS = 60_000;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-lock-"));
  path = join(folder, "file.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function taken(): Promise<LockFile> {
  const lock = await takeLockFile(path);
  if (typeof lock === "string") throw new Error(`the lock is held ${lock}`);
  return lock;
}

/** Puts another owner's lock there. */
function put(owner: string, ageMs = 0): void {
  writeFileSync(path, owner);
  const at = new Date(Date.now() - ageMs);
  utimesSync(path, at, at);
}

async function withProcess(use: (child: ChildProcess) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  try {
    await use(child);
  } finally {
    child.kill("SIGKILL");
  }
}

it("one of many takes it; released, it leaves nothing and can be taken again", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => takeLockFile(path)));
  const locks = answers.filter((answer) => typeof answer !== "string");
  expect(locks).toHaveLength(1);
  expect(answers.filter((answer) => answer === "here")).toHaveLength(19);
  expect(readFileSync(path, "utf8")).toBe(`${hostname()} ${process.pid}`);
  await locks[0]!.release();
  expect(readdirSync(folder)).toEqual([]);
  await (await taken()).release();
});

it("a living process of this machine has it until it ends", async () => {
  await withProcess(async (child) => {
    put(`${hostname()} ${child.pid}`);
    expect(await takeLockFile(path)).toBe("here");
    expect(existsSync(path)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await takeLockFile(path)).toBe("here");
    await (await taken()).release();
  });
});

it("one that names this process, which does not hold it, is of a process before", async () => {
  put(`${hostname()} ${process.pid}`);
  expect(await takeLockFile(path)).toBe("here");
  await (await taken()).release();
});

it("another machine's is respected until it has not been touched for a quarter of an hour", async () => {
  put("elsewhere 1", 14 * MINUTE_MS);
  expect(await takeLockFile(path)).toBe("elsewhere");
  put("elsewhere 1", 16 * MINUTE_MS);
  expect(await takeLockFile(path)).toBe("here");
  await (await taken()).release();
});

it("a lock that another took over meanwhile is not released", async () => {
  const lock = await taken();
  put("elsewhere 1");
  await lock.release();
  expect(readFileSync(path, "utf8")).toBe("elsewhere 1");
  expect(await takeLockFile(path)).toBe("elsewhere");
});

it("a folder that is not there is an error, and the lock can be taken once it is", async () => {
  const missing = join(folder, "none", "file.lock");
  await expect(takeLockFile(missing)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(takeLockFile(missing)).rejects.toMatchObject({ code: "ENOENT" });
});
