import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { modelFile } from "./storage.js";

let folder: string;
let models: string;
/** As Hugging Face's cache lays a model out: links to blobs beside it. */
let snapshot: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-models-"));
  models = join(folder, "models");
  snapshot = join(models, "hub", "snapshots", "1");
  mkdirSync(snapshot, { recursive: true });
  mkdirSync(join(models, "hub", "blobs"));
  writeFileSync(join(models, "hub", "blobs", "a1"), "weights");
  writeFileSync(join(folder, "secret"), "secret");
  symlinkSync("../../blobs/a1", join(snapshot, "model.safetensors"));
  symlinkSync(join(folder, "secret"), join(snapshot, "config.json"));
  symlinkSync("../../../../secret", join(snapshot, "vocab.txt"));
  symlinkSync(folder, join(snapshot, "model.index"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("a checkpoint's links are followed below MODELS_DIR", async () => {
  const bytes = await modelFile(models, join(snapshot, "model.safetensors"));
  expect(bytes.toString()).toBe("weights");
});

it.each(["config.json", "vocab.txt", "model.index", "model.index/secret"])(
  "%s, a link that leads out of it, is refused by name",
  async (name) => {
    await expect(modelFile(models, join(snapshot, name))).rejects.toMatchObject({
      code: "source-not-allowed",
      message: expect.stringMatching(/leads out of MODELS_DIR/),
    });
  },
);
