import { readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseNpyHeader } from "@winnow/npy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { runCli } from "../../support/cli.js";
import { seedPruning } from "../../support/seed-data.js";

let api: TestApi;
let dir: string;
let env: Record<string, string>;

beforeAll(async () => {
  api = await openTestApi();
  env = { WINNOW_URL: await api.listen() };
  dir = await mkdtemp(join(tmpdir(), "winnow-cli-delete-"));
});
afterAll(async () => {
  await api.close();
  rmSync(dir, { recursive: true, force: true });
});

const winnow = (...args: string[]) => runCli(args, { env, cwd: dir });
const statusOf = async (path: string) => (await api.app.inject(path)).statusCode;

describe("winnow delete", () => {
  it("says what goes with a dataset, and deletes it only when told to", async () => {
    const { datasetId, crossValidationId, pruningId, flagged } = await seedPruning(
      api.store,
      60,
      3,
      2,
    );
    const shown = await winnow("delete", datasetId, "--dry-run");
    expect(shown.code).toBe(0);
    for (const part of [
      "seeded",
      "60 rows",
      "1 cross-validation",
      `1 pruning with ${flagged.length} flags`,
    ]) {
      expect(shown.stdout).toContain(part);
    }
    const unasked = await winnow("delete", datasetId);
    expect(unasked.code).toBe(1);
    expect(unasked.stdout).toContain("60 rows");
    expect(unasked.stderr).toMatch(/^error {2}confirmation-missing: .*--yes/);
    expect(await statusOf(`/v1/datasets/${datasetId}`)).toBe(200);

    // One after the other, from the leaf up.
    for (const id of [pruningId, crossValidationId]) {
      expect((await winnow("delete", id, "--yes")).stdout).toMatch(/\ndeleted\n$/);
    }
    expect(await statusOf(`/v1/prunings/${pruningId}`)).toBe(404);
    expect(await statusOf(`/v1/cross-validations/${crossValidationId}`)).toBe(404);
    const last = await winnow("delete", datasetId, "--yes", "--json");
    expect(JSON.parse(last.stdout)).toMatchObject({ id: datasetId, samples: 60, deleted: true });
    expect(await statusOf(`/v1/datasets/${datasetId}`)).toBe(404);
  });

  it("deletes an upload", async () => {
    const posted = await api.app.inject({
      method: "POST",
      url: "/v1/uploads",
      headers: { "content-type": "application/octet-stream" },
      payload: "text,label\n",
    });
    const { id } = posted.json();
    expect((await winnow("delete", id, "--yes")).stdout).toBe(`${id}\n  11 B\ndeleted\n`);
    const again = await winnow("delete", id, "--yes");
    expect(again.stderr).toMatch(/^error {2}upload-not-found: /);
  });

  it.each([["job_00000000-0000-7000-8000-000000000000"], ["titles.csv"], [""]])(
    "refuses %j, which is none of these",
    async (id) => {
      const { code, stderr } = await winnow("delete", id, "--yes");
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error {2}not-deletable: /);
    },
  );
});

describe("winnow probabilities", () => {
  it("writes each part as npy, to a file or to a pipe", async () => {
    const { crossValidationId } = await seedPruning(api.store, 60, 3, 2);
    const path = `/v1/cross-validations/${crossValidationId}/probabilities`;
    for (const part of ["probabilities", "labels", "folds", "ids"]) {
      const { code, stderr } = await winnow(
        "probabilities",
        crossValidationId,
        "--part",
        part,
        "-o",
        "p.npy",
      );
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^p\.npy {2}\d/)]);
      const saved = readFileSync(join(dir, "p.npy"));
      expect(parseNpyHeader(saved).shape[0]).toBe(60);
      const { rawPayload } = await api.app.inject(`${path}?part=${part}`);
      expect(saved.equals(rawPayload)).toBe(true);
    }
    const piped = await winnow("probabilities", crossValidationId, "--part", "labels");
    expect(piped.stdout).toContain("NUMPY");
  });

  it("says what is missing", async () => {
    const none = "cv_00000000-0000-7000-8000-000000000000";
    const { code, stderr } = await winnow("probabilities", none, "-o", "p.npy");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^error {2}cross-validation-not-found: /),
    ]);
  });
});
