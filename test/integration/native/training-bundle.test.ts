import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../../architecture/source-files.js";

const PROGRAM = join(root, "bench/dist/training-bundle.js");
const CHILD = join(root, "bench/dist/training/child.js");
/** One block, batches of 16, 32 rows to train and 16 to predict. */
const small = (backend: string) => [backend, "1", "16", "32", "", "", "16"];

let folder: string;
let bundle: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-bundle-"));
  const made = run(PROGRAM, [join(folder, "made")]);
  expect(made.stderr).toBe("");
  expect(made.status).toBe(0);
  // Far from the project and from what it was made of.
  bundle = join(folder, "elsewhere");
  cpSync(join(folder, "made"), bundle, { recursive: true });
  rmSync(join(folder, "made"), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Node alone: no variable of this machine's. */
function run(program: string, args: string[]) {
  const env = { PATH: process.env.PATH };
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, env, encoding: "utf8" });
}

const digestOf = (stdout: string) => JSON.parse(stdout.trim().split("\n").at(-1)!).digest;

it("the bundle trains in an empty folder with the same bits as in the project", () => {
  const there = run(join(bundle, "child.mjs"), small("wasm"));
  expect(there.stderr).toBe("");
  const here = run(CHILD, small("wasm"));
  expect(digestOf(there.stdout)).toMatch(/^[0-9a-f]{16}$/);
  expect(digestOf(there.stdout)).toBe(digestOf(here.stdout));
});

it("a backend that is not there is refused in one sentence, with how to get it", () => {
  const { status, stdout, stderr } = run(join(bundle, "child.mjs"), small("webgpu"));
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  // Dawn's own words come before, where the package is in the bundle.
  const [last] = stderr.trim().split("\n").slice(-1);
  expect(last).toMatch(
    /^EncoderError: webgpu: (Cannot find package|Dawn finds no graphics adapter|the only adapter, ).* To get it: npm install --no-save webgpu@/,
  );
});

it("a folder that holds something is not written to", () => {
  const { status, stderr } = run(PROGRAM, [bundle]);
  expect(status).toBe(2);
  expect(stderr).toBe(`${bundle} is not empty: name a new folder.\n`);
  expect(run(PROGRAM, []).stderr).toMatch(/^usage: /);
});
