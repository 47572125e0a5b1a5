import type { Job } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { runCli } from "../../support/cli.js";
import { seedDataset } from "../../support/seed-data.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 360_000 });

let api: TestApi;
let url: string;
let datasetId: string;

beforeAll(async () => {
  api = await openTestApi();
  url = await api.listen();
  datasetId = await seedDataset(api.store);
});
afterAll(() => api.close());

const train = (...args: string[]) =>
  runCli(["train", datasetId, ...args], { env: { WINNOW_URL: url } });

async function parametersOf(...args: string[]) {
  const { code, stdout, stderr } = await train(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return (JSON.parse(stdout) as Job).params;
}

it("every option of `winnow train` arrives in the job's parameters", async () => {
  const params = await parametersOf(
    ...["--folds", "3", "--seed", "7", "--preset", "albert-tiny", "--max-length", "32"],
    ...["--recipe", "scratch", "--optimizer", "adamw", "--learning-rate", "0.002"],
    ...["--epochs", "4", "--batch-size", "16", "--dropout", "0.2", "--label-smoothing", "0.1"],
    ...["--patience", "2", "--epoch-choice", "fold", "--pretrain", "3", "--keep-models"],
    ...["--backend", "wasm"],
  );
  expect(params).toMatchObject({
    folds: 3,
    seed: 7,
    backend: "wasm",
    model: { preset: "albert-tiny", maxLength: 32 },
    training: {
      recipe: "scratch",
      optimizer: "adamw",
      learningRate: 0.002,
      epochs: 4,
      batchSize: 16,
      dropout: 0.2,
      labelSmoothing: 0.1,
      patience: 2,
      epochChoice: "fold",
      pretraining: { epochs: 3 },
      keepModels: true,
    },
  });
});

it("how classes in a tree are predicted arrives", async () => {
  const params = await parametersOf("--model", "quick", "--levels", "parent-first");
  expect(params).toMatchObject({ model: { kind: "quick", levels: "parent-first" } });
});

it("an option that was not given is left to the recipe", async () => {
  const params = await parametersOf();
  expect(params).toMatchObject({ folds: 5, seed: 1, backend: "auto" });
  expect(params).not.toHaveProperty("training.epochs");
  expect(params).not.toHaveProperty("model.checkpoint");
});

it("a checkpoint goes by its folder's name, soft targets by what their id says", async () => {
  // The service of this test has no such folder and no such pruning, and says what it was asked for.
  const checkpoint = await train("--checkpoint", "albert_tiny_zh");
  expect(checkpoint.code).toBe(1);
  expect(checkpoint.stderr).toContain("/model/checkpoint/path");
  const uuid = "01890000-0000-7000-8000-000000000000";
  const upload = await train("--soft-targets", `up_${uuid}`);
  expect(upload.stderr).toContain(`upload-not-found: No upload has the id up_${uuid}`);
  const pruning = await train("--soft-targets", `pr_${uuid}`);
  expect(pruning.stderr).toContain(`pr_${uuid}`);
});

it.each([
  [["--dropout", "1"], "Expected a number from 0 to below 1"],
  [["--label-smoothing", "half"], "Expected a number from 0 to below 1"],
  [["--epoch-choice", "best"], "Allowed choices are vote, fold, last"],
  [["--folds", "1"], "from 2 to 20"],
  [["--max-length", "3"], "from 4 to 512"],
])("%j is refused before anything is sent", async (args, why) => {
  const { code, stderr } = await train(...args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(why);
});

it("what is said about uploaded soft targets arrives", async () => {
  const { id } = (
    await api.app.inject({ method: "POST", url: "/v1/uploads", payload: "npz" })
  ).json<{ id: string }>();
  const params = await parametersOf(
    ...["--soft-targets", id, "--soft-target-array", "soft", "--soft-target-force"],
    ...["--soft-target-classes", "class-2,class-0,class-1"],
  );
  expect(params).toMatchObject({
    training: {
      softTargets: {
        type: "upload",
        uploadId: id,
        array: "soft",
        classes: ["class-2", "class-0", "class-1"],
        force: true,
      },
    },
  });
  const refused = await train("--soft-targets", id, "--soft-target-classes", "class-2,class-0");
  expect(refused.stderr).toMatch(/^error {2}classes-mismatch: .*1 missing: "class-1"/);
});
