import { writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createTokenizer,
  lossAndGradients,
  parseVocabulary,
  readCheckpoint,
  selectBackend,
} from "@winnow/encoder";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { TestService } from "../../support/service.js";
import {
  openTrainingServiceFixture,
  type TrainingServiceFixture,
} from "../../support/training-service-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const ROWS = 60;
const K = 3;
const SIZES = { hiddenSize: 16, embeddingSize: 16, layers: 2, heads: 2, intermediateSize: 32 };
/** Every option of the API with a value other than its default. */
const MODEL = {
  preset: SIZES,
  head: { tap: "block", layer: 2, pooling: "mean", wideBuckets: 64 },
  vocabulary: { minCount: 1 },
  tokenizer: { unknown: "word", lowerCase: false },
  activation: "relu",
  maxLength: 16,
} as const;
const TRAINING = {
  epochs: 3,
  batchSize: 8,
  microBatchSize: 4,
  learningRate: 0.01,
  schedule: { type: "cosine", warmupSteps: 3, end: 0.2 },
  optimizer: "adamw",
  weightDecay: 0.02,
  dropout: 0.2,
  attentionDropout: 0.1,
  labelSmoothing: 0.05,
  clipNorm: 1,
  classWeights: "balanced",
  averaging: 0.9,
  linearPart: false,
  embeddings: "random",
  patience: 2,
  pretraining: { epochs: 1, batchSize: 16, learningRate: 0.001 },
  keepModels: true,
} as const;

let fixture: TrainingServiceFixture;
let service: TestService;
let models: string;
/** The run with every option, whose models are kept. */
let runId: string;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), "winnow-models-"));
  fixture = await openTrainingServiceFixture({ models, rows: ROWS, classes: K });
  service = fixture.service;
});
afterAll(async () => {
  await service?.close();
  await rm(models, { recursive: true, force: true });
});

describe("a training with every option set", () => {
  it("runs by that plan; the folds share one pretraining and vote on the epoch", async () => {
    const job = await fixture.train({ model: MODEL, training: TRAINING });
    expect(job.params).toMatchObject({ training: { recipe: "scratch", epochChoice: "vote" } });
    await service.succeeded(job.id);
    runId = job.crossValidationId as string;
    const folds = await service.client.call("listFolds", { params: { id: runId } });
    for (const { backend } of folds.data) {
      expect(backend?.plan).toMatchObject({
        recipe: "scratch",
        epochs: 3,
        batchSize: 8,
        microBatchSize: 4,
        learningRate: 0.01,
        schedule: TRAINING.schedule,
        optimizer: { weightDecay: 0.02 },
        averaging: 0.9,
        embeddings: "random",
        linearPart: false,
        labelSmoothing: 0.05,
        clipNorm: 1,
        classWeights: "balanced",
        patience: 2,
      });
    }
    const made = (await fixture.notes(job.id, "pretraining")).map((note) => note.made);
    expect(made.filter((own) => own === true)).toHaveLength(1);
    expect(made).toContain(false);

    // The vote, counted again from the folds' reports.
    const { epochVote } = await service.client.call("getCrossValidation", {
      params: { id: runId },
    });
    const meanOf = (epoch: number) =>
      folds.data.reduce((sum, { epochs, testRows }) => {
        const loss = epochs.find((figures) => figures.epoch === epoch)?.heldOutLoss as number;
        return sum + (loss * (testRows as number)) / ROWS;
      }, 0);
    for (const { epoch, loss } of epochVote.candidates) expect(loss).toBeCloseTo(meanOf(epoch), 9);
    const lowest = Math.min(...epochVote.candidates.map(({ loss }) => loss));
    expect(epochVote).toMatchObject({ choice: "vote" });
    expect(meanOf(epochVote.epoch as number)).toBeCloseTo(lowest, 9);
    expect((await fixture.notes(job.id, "epoch-vote"))[0]).toMatchObject({
      epoch: epochVote.epoch,
    });
  });

  it("keeps the chosen epoch's models as Hugging Face folders, which compute the run's numbers", async () => {
    const { data } = await service.client.call("listModels", { params: { id: runId } });
    const { epochVote } = await service.client.call("getCrossValidation", {
      params: { id: runId },
    });
    expect(data.map(({ fold, epoch }) => [fold, epoch])).toEqual([
      [0, epochVote.epoch],
      [1, epochVote.epoch],
    ]);
    const folder = await mkdtemp(join(tmpdir(), "winnow-model-"));
    for (const { name, bytes, href } of data[1]?.files ?? []) {
      const content = await fixture.download(href);
      expect(content.length).toBe(bytes);
      writeFileSync(join(folder, name), content);
      if (name === "model.safetensors") expectSafetensors(content);
      if (name === "config.json") {
        expect(JSON.parse(content.toString())).toMatchObject({
          model_type: "albert",
          architectures: ["AlbertForSequenceClassification"],
          num_hidden_layers: 2,
          hidden_act: "relu",
          id2label: { 0: "class-0", 1: "class-1", 2: "class-2" },
        });
      }
    }
    expect((await readdir(folder)).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer_config.json",
      "vocab.txt",
    ]);
    await expectSameAsStored(folder, 1);
    await rm(folder, { recursive: true });
  });

  it("keeps no models unless asked to, and says so", async () => {
    const missing = await fetch(
      `${service.api.url}/v1/cross-validations/${runId}/models/7/config.json`,
    );
    expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([
      404,
      "model-not-found",
    ]);
  });
});

/** Reads the format by its specification, without our own code. */
function expectSafetensors(bytes: Buffer): void {
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  let end = 0;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const size = tensor.shape.reduce((product, side) => product * side, 4);
    expect([name, tensor.dtype, tensor.data_offsets]).toEqual([name, "F32", [end, end + size]]);
    end += size;
  }
  expect(bytes.length).toBe(8 + length + end);
  const layer = "albert.encoder.albert_layer_groups.0.albert_layers.0";
  expect(header[`${layer}.attention.query.weight`]?.shape).toEqual([16, 16]);
  expect(header[`${layer}.ffn.weight`]?.shape).toEqual([32, 16]);
  expect(header["classifier.weight"]?.shape).toEqual([K, 16]);
  expect(header["winnow.wide"]?.shape).toEqual([64, K]);
}

/** Predicts the fold's own rows again with the downloaded model. */
async function expectSameAsStored(folder: string, fold: number): Promise<void> {
  await selectBackend("wasm");
  const { config, weights, vocabulary } = await readCheckpoint(folder, { maxLength: 16 });
  const tokenizer = createTokenizer(vocabulary ?? parseVocabulary(""), {
    maxLength: 16,
    ...MODEL.tokenizer,
  });
  const { data } = await service.client.call("listSamples", {
    params: { id: fixture.datasetId },
    query: { limit: 1000 },
  });
  const stored = await fixture.rowsOf(runId);
  const own = data.filter(({ ordinal }) => stored[ordinal]?.fold === fold).slice(0, 8);
  expect(own).toHaveLength(8);
  for (const { ordinal, text } of own) {
    const ids = [...tokenizer.encode(text)];
    const batch = {
      ids: [ids],
      mask: [ids.map(() => 1)],
      segments: [ids.map(() => 0)],
      labels: [0],
    };
    const { logits } = await lossAndGradients(config, weights, batch);
    const powers = [...logits].map(Math.exp);
    const total = powers.reduce((sum, p) => sum + p, 0);
    powers.forEach((p, c) => {
      expect(p / total).toBeCloseTo(stored[ordinal]!.probs[c]!, 4);
    });
  }
}

it("the deletion of a dataset deletes its models", async () => {
  const before = await readdir(join(service.fixture.storageDir, "models"));
  expect(before).toContain(runId);
  await service.client.call("deleteDataset", { params: { id: fixture.datasetId } });
  expect(await readdir(join(service.fixture.storageDir, "models"))).not.toContain(runId);
});
