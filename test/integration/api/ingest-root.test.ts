import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";

const root = mkdtempSync(join(tmpdir(), "winnow-ingest-root-"));
const outside = mkdtempSync(join(tmpdir(), "winnow-ingest-root-")); // shares the root's prefix
let api: TestApi;

beforeAll(async () => {
  mkdirSync(join(root, "sub"));
  writeFileSync(join(root, "sub", "data.csv"), "text,label\n");
  writeFileSync(join(outside, "secret.csv"), "text,label\n");
  symlinkSync(join(outside, "secret.csv"), join(root, "link.csv"));
  symlinkSync(outside, join(root, "folder"));
  symlinkSync(join(root, "sub", "data.csv"), join(root, "inside.csv"));
  api = await openTestApi({ config: { ingestRoot: root } });
});
afterAll(async () => {
  await api.close();
  rmSync(root, { recursive: true });
  rmSync(outside, { recursive: true });
});

const ingest = (path: string) =>
  api.app.inject({
    method: "POST",
    url: "/v1/jobs/dataset-ingest",
    payload: { name: "a", source: { type: "path", path }, format: { type: "toutiao" } },
  });

it.each(["sub/data.csv", "./sub/../sub/data.csv", "inside.csv", join(root, "sub/data.csv")])(
  "a file below INGEST_ROOT is accepted: %s",
  async (path) => {
    expect((await ingest(path)).statusCode).toBe(202);
  },
);

it.each([
  "sub",
  ".",
  "missing.csv",
  "link.csv",
  "folder/secret.csv",
  "../secret.csv",
  join(outside, "secret.csv"),
  "/etc/passwd",
  "/dev/stdin",
  `${root}x/data.csv`,
])("anything else is refused with the same words: %s", async (path) => {
  const problem = expectProblem(await ingest(path), "source-not-allowed");
  expect(problem.detail).toBe("The path is not a file below INGEST_ROOT.");
  expect(problem.errors.map((e) => e.pointer)).toEqual(["/source/path"]);
});
