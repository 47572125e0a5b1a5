import { expect, it } from "vitest";
import { DatasetIngestParams } from "./dataset-parameters.js";
import { PruningParams } from "./pruning-parameters.js";
import { FoldTrainingParams } from "./training-parameters.js";

const UUID = "01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";

it("defaults are filled in to the depth", () => {
  const params = FoldTrainingParams.parse({ datasetId: `ds_${UUID}` });
  expect(params).toMatchObject({ seed: 1, backend: "auto" });
  expect(params.model).toMatchObject({ head: { tap: "block", layer: 1 }, maxLength: 64 });
  expect(PruningParams.parse({ crossValidationId: `cv_${UUID}` })).toMatchObject({
    semantics: "cleanlab-1.0.1",
    method: "prune_by_noise_rate",
    order: "error_odds",
  });
});

it("a value that was renamed is refused with its new name, and any other as before", () => {
  const messages = (recipe: string) =>
    FoldTrainingParams.safeParse({ datasetId: `ds_${UUID}`, training: { recipe } })
      .error?.issues.map(({ message }) => message)
      .join();
  expect(messages("fine-tune")).toBeUndefined();
  expect(messages("seed")).toBe('"seed" is now "fine-tune"');
  expect(messages("toString")).toContain('"scratch"|"fine-tune"');
});

it.each([
  ["an unknown field", { datasetId: `ds_${UUID}`, flods: 3 }],
  ["an unknown field inside", { datasetId: `ds_${UUID}`, training: { epoch: 3 } }],
  ["one fold", { datasetId: `ds_${UUID}`, folds: 1 }],
  ["another kind's id", { datasetId: `cv_${UUID}` }],
  ["a negative seed", { datasetId: `ds_${UUID}`, seed: -1 }],
])("%s is refused", (_, body) => {
  expect(FoldTrainingParams.safeParse(body).success).toBe(false);
});

it("hostile names stay plain strings", () => {
  const params = DatasetIngestParams.parse({
    name: "__proto__",
    source: { type: "upload", uploadId: `up_${UUID}` },
    format: { type: "csv", labelNames: ["constructor", "__proto__"] },
  });
  expect(params.format?.labelNames).toEqual(["constructor", "__proto__"]);
});
