import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeAbandonedUploads } from "@winnow/store";
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

it("a process that cannot keep up refuses requests as overloaded, and is still alive", async () => {
  const busy = await openTestApi({ app: { maxEventLoopDelayMs: 50 } });
  try {
    const blockedUntil = performance.now() + 2_500;
    while (performance.now() < blockedUntil) {
      const pause = performance.now() + 300;
      while (performance.now() < pause);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const refused = await busy.app.inject("/v1/jobs");
    expectProblem(refused, "overloaded");
    expect(refused.headers["retry-after"]).toBe("5");
    expect((await busy.app.inject("/healthz")).statusCode).toBe(200);
  } finally {
    await busy.close();
  }
});

it("the rest of a killed upload is removed after a day, and nothing else", async () => {
  const folder = join(outside, "uploads");
  mkdirSync(folder);
  const now = Date.now();
  const ages = { "up_old.part": 25, "up_young.part": 23, up_whole: 1000 };
  for (const [name, hours] of Object.entries(ages)) {
    writeFileSync(join(folder, name), "x");
    const at = new Date(now - hours * 3_600_000);
    utimesSync(join(folder, name), at, at);
  }
  expect(await removeAbandonedUploads(api.store, outside)).toBe(1);
  expect(Object.keys(ages).filter((name) => existsSync(join(folder, name)))).toEqual([
    "up_young.part",
    "up_whole",
  ]);
  expect(await removeAbandonedUploads(api.store, join(outside, "none"))).toBe(0);
});
