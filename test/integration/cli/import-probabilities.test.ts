import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job, ProbabilityImportParams } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { runCli } from "../../support/cli.js";
import { seedDataset } from "../../support/seed-data.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 360_000 });

let api: TestApi;
let url: string;
let datasetId: string;
let dir: string;
const NAMES = ["class-2", "class-0", "class-1"];

beforeAll(async () => {
  api = await openTestApi();
  url = await api.listen();
  datasetId = await seedDataset(api.store);
  dir = mkdtempSync(join(tmpdir(), "winnow-import-"));
  for (const name of ["probs.npy", "data.npz"]) writeFileSync(join(dir, name), `of ${name}`);
  writeFileSync(join(dir, "classes.txt"), NAMES.join("\n"));
});
afterAll(async () => {
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

const run = (...args: string[]) =>
  runCli(["import-probabilities", datasetId, ...args, "--json"], {
    env: { WINNOW_URL: url },
    cwd: dir,
  });

async function paramsOf(...args: string[]) {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  return (JSON.parse(stdout) as Job).params as ProbabilityImportParams;
}

const bytesOf = async (uploadId: unknown) =>
  (await api.app.inject(`/v1/uploads/${uploadId}`)).json<{ bytes: number }>().bytes;

it("what is not given is left to the service", async () => {
  const params = await paramsOf("--probs", "probs.npy");
  expect(Object.keys(params).sort()).toEqual(["datasetId", "force", "probabilitiesUploadId"]);
  expect(params.force).toBe(false);
});

it.each([
  ["names with commas", NAMES.join(",")],
  ["a JSON array", JSON.stringify(NAMES)],
])("--classes takes %s, and --force arrives", async (_, list) => {
  const params = await paramsOf("--probs", "probs.npy", "--classes", list, "--force");
  expect(params).toMatchObject({ classes: NAMES, force: true });
});

it("--classes takes a file, which is uploaded", async () => {
  const { classes } = await paramsOf("--probs", "probs.npy", "--classes", "classes.txt");
  expect(await bytesOf(classes)).toBe(NAMES.join("\n").length);
});

it("arrays of one npz are named behind a colon, and the file is uploaded once", async () => {
  const params = await paramsOf("--probs", "data.npz:p", "--folds", "data.npz:folds");
  expect(params).toMatchObject({ probabilitiesArray: "p", foldsArray: "folds" });
  expect(params.foldsUploadId).toBe(params.probabilitiesUploadId);
});

it("names that are not the dataset's classes are listed, and no job is made", async () => {
  const { code, stdout, stderr } = await run(
    ...["--probs", "probs.npy", "--classes", "class-0,Class-1,class-2,other"],
  );
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^error {2}classes-mismatch: .* 1 missing: "class-1"\./);
  expect(stderr).toContain('2 unknown: "Class-1" (the class is "class-1"), "other".');
});

it("a list that is neither a file nor has commas is an error", async () => {
  const { code, stderr } = await run("--probs", "probs.npy", "--classes", "nowhere.txt");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error {2}file-not-found: There is no file nowhere\.txt/);
});
