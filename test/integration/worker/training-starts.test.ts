import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npyHeader } from "@winnow/npy";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { TestService } from "../../support/service.js";
import {
  openTrainingServiceFixture,
  type TrainingServiceFixture,
} from "../../support/training-service-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const ROWS = 60;
const K = 3;
const CASE = fileURLToPath(new URL("../../golden/albert/case1_gelu_2layer", import.meta.url));
const BERT = fileURLToPath(new URL("../../golden/bert-shapes/pickle-before-1.6", import.meta.url));
const SIZES = { hiddenSize: 16, embeddingSize: 16, layers: 2, heads: 2, intermediateSize: 32 };

let fixture: TrainingServiceFixture;
let service: TestService;
let models: string;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), "winnow-models-"));
  await cp(CASE, join(models, "golden"), { recursive: true });
  mkdirSync(join(models, "pickled"));
  await cp(join(CASE, "config.json"), join(models, "pickled", "config.json"));
  writeFileSync(join(models, "pickled", "pytorch_model.bin"), "\x80\x02cos\nsystem\n.", "latin1");
  await cp(BERT, join(models, "bert"), { recursive: true });
  symlinkSync(tmpdir(), join(models, "out"));
  fixture = await openTrainingServiceFixture({ models, rows: ROWS, classes: K });
  service = fixture.service;
});
afterAll(async () => {
  await service?.close();
  await rm(models, { recursive: true, force: true });
});

describe("soft targets", () => {
  const plain = { epochs: 2, batchSize: 16 };
  const model = { preset: SIZES, maxLength: 16 };

  it("of a pruning are its posterior, the same as an uploaded soft export", async () => {
    const given = await fixture.train({ model, training: plain });
    await service.succeeded(given.id);
    const pruningJob = await service.client.call("createPruning", {
      body: { crossValidationId: given.crossValidationId as string },
    });
    const { pruningId } = await service.succeeded(pruningJob.id);
    const exported = await fixture.download(
      `/v1/prunings/${pruningId}/export?split=soft&format=jsonl`,
    );
    const rows = Float64Array.from(
      exported
        .toString()
        .trim()
        .split("\n")
        .flatMap((line) => {
          const { soft } = JSON.parse(line) as { soft: { label: string; probability: number }[] };
          return Array.from(
            { length: K },
            (_, c) => soft.find(({ label }) => label === `class-${c}`)?.probability ?? 0,
          );
        }),
    );
    const npy = Buffer.concat([
      npyHeader({ dtype: "float64", shape: [ROWS, K] }),
      Buffer.from(rows.buffer),
    ]);
    const uploadId = await service.upload(new Uint8Array(npy));
    const jobs = [
      await fixture.train({
        model,
        training: { ...plain, softTargets: { type: "pruning", pruningId } },
      }),
      await fixture.train({
        model,
        training: { ...plain, softTargets: { type: "upload", uploadId } },
      }),
    ];
    for (const { id } of jobs) await service.succeeded(id);
    const [posterior, uploaded, plainly] = await Promise.all(
      [...jobs, given].map(async (job) =>
        (await fixture.rowsOf(job.crossValidationId as string)).flatMap(({ probs }) => probs),
      ),
    );
    posterior?.forEach((p, i) => {
      expect(p).toBeCloseTo(uploaded![i]!, 5);
    });
    expect(posterior).not.toEqual(plainly);
  });

  it("are checked row by row", async () => {
    const values = new Float32Array(ROWS * K).fill(1 / K);
    values[17 * K] = 0.9;
    const npy = Buffer.concat([
      npyHeader({ dtype: "float32", shape: [ROWS, K] }),
      Buffer.from(values.buffer),
    ]);
    const uploadId = await service.upload(new Uint8Array(npy));
    const job = await fixture.train({
      model,
      training: { softTargets: { type: "upload", uploadId } },
    });
    expect((await service.ended(job.id)).error).toMatchObject({
      code: "invalid-probabilities",
      detail: expect.stringMatching(/row 17 sums to 1\.5667/),
    });
  });

  it("in another order of classes are refused with that order, and used with it", async () => {
    const { data } = await service.client.call("listSamples", {
      params: { id: fixture.datasetId },
      query: { limit: ROWS },
    });
    // Columns stand as class-1, class-2, class-0, in an npz.
    const values = Float32Array.from(
      data.flatMap(({ labelIndex }) => [1, 2, 0].map((c) => (c === labelIndex ? 0.8 : 0.1))),
    );
    const array = Buffer.concat([
      npyHeader({ dtype: "float32", shape: [ROWS, K] }),
      Buffer.from(values.buffer),
    ]);
    const uploadId = await service.upload(zipSync({ "soft.npy": array }));
    const trained = (options: object) =>
      fixture.train({
        model,
        training: { ...plain, softTargets: { type: "upload", uploadId, ...options } },
      });
    const { error } = await service.ended((await trained({})).id);
    expect(error).toMatchObject({
      code: "class-order",
      detail: expect.stringContaining('`classes`: ["class-1","class-2","class-0"]'),
    });
    const named = await trained({ classes: ["class-1", "class-2", "class-0"] });
    expect((await service.succeeded(named.id)).state).toBe("succeeded");
  });
});

describe("a checkpoint", () => {
  it("starts the folds, with its own vocabulary and the recipe fine-tune; its last epoch counts", async () => {
    const job = await fixture.train({
      model: {
        checkpoint: { path: "golden", format: "tensorflow-bundle" },
        head: { tap: "attention-norm", layer: 2, pooling: "cls" },
        maxLength: 16,
      },
      training: { epochs: 2, dropout: 0 },
    });
    await service.succeeded(job.id);
    const run = { params: { id: job.crossValidationId as string } };
    const folds = await service.client.call("listFolds", run);
    for (const { backend } of folds.data) {
      expect(backend).toMatchObject({
        vocabularySize: 100,
        plan: { recipe: "fine-tune", schedule: { type: "piecewise" }, learningRate: 1e-4 },
      });
    }
    expect(await service.client.call("getCrossValidation", run)).toMatchObject({
      epochVote: { choice: "last", epoch: null },
    });
    expect((await fixture.notes(job.id, "checkpoint"))[0]).toMatchObject({
      path: "golden",
      format: "tensorflow-bundle",
    });
  });

  it("of a BERT starts the folds of a bert, whose kept models are BERTs again", async () => {
    const job = await fixture.train({
      model: { kind: "bert", checkpoint: { path: "bert" }, maxLength: 16 },
      training: { epochs: 1, keepModels: true },
    });
    await service.succeeded(job.id);
    const run = { params: { id: job.crossValidationId as string } };
    const { data } = await service.client.call("listModels", run);
    const config = data[0]?.files.find(({ name }) => name === "config.json");
    const json = JSON.parse((await fixture.download(config!.href)).toString());
    expect(json).toMatchObject({
      model_type: "bert",
      architectures: ["BertForSequenceClassification"],
      vocab_size: 28,
      num_hidden_layers: 2,
      winnow_head: { tap: "last", layer: 2, pooling: "mean" },
    });
    expect((await fixture.notes(job.id, "checkpoint"))[0]).toMatchObject({ format: "pytorch" });
  });

  it("of another kind than the request's fails the job, and says which kind it is", async () => {
    const job = await fixture.train({ model: { checkpoint: { path: "bert" } } });
    const { error } = await service.ended(job.id);
    expect(error).toMatchObject({ code: "checkpoint-refused", status: 422 });
    expect(error?.detail).toContain(
      'bert holds a bert model, and a albert model was asked for; ask for kind "bert"',
    );
  });

  it("that the encoder refuses fails the job with its hint, and without the worker's paths", async () => {
    const job = await fixture.train({ model: { checkpoint: { path: "pickled" } } });
    const { error } = await service.ended(job.id);
    expect(error).toMatchObject({ code: "checkpoint-refused", status: 422, retryable: false });
    expect(error?.detail).toContain("save_pretrained(folder, safe_serialization=True)");
    expect(error?.detail).not.toContain(models);
  });

  it.each(["../golden", "/etc", "out", "nowhere", "pickled/pytorch_model.bin"])(
    "at %s is refused at once",
    async (path) => {
      expect(await fixture.refusal({ model: { checkpoint: { path } } })).toMatchObject({
        code: "source-not-allowed",
        errors: [{ pointer: "/model/checkpoint/path" }],
      });
    },
  );
});

it("inconsistent parameters are refused at once, each with its pointer", async () => {
  const problem = await fixture.refusal({
    model: { preset: { ...SIZES, heads: 3 }, head: { tap: "pooler", pooling: "mean" } },
    training: {
      batchSize: 4,
      microBatchSize: 8,
      weightDecay: 0.1,
      schedule: {
        type: "piecewise",
        points: [
          [5, 1],
          [5, 0.1],
        ],
      },
    },
  });
  expect(problem.code).toBe("invalid-parameters");
  expect(problem.errors.map(({ pointer }) => pointer)).toEqual([
    "/model/preset/heads",
    "/model/head/pooling",
    "/training/microBatchSize",
    "/training/weightDecay",
    "/training/schedule/points/1",
  ]);
});
