import { writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeTexts, openSentenceEncoder, selectBackend } from "@winnow/encoder";
import { classNames } from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import {
  countVectors,
  csvOf,
  ENCODER,
  type LabelledText,
  labelledTexts,
  MODELS,
} from "../../support/encoded-rows.js";
import { TINY_MODEL } from "../../support/jobs.js";
import { probabilitiesOf } from "../../support/probabilities.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 240_000 });

/** Two shards. */
const rows = labelledTexts(4_200);
const distinct = new Set(rows.map(({ text }) => text)).size;
const TEXTS_AND_VECTORS = ["pool", "quick", "second", "vectors", "vectors-second"];

let service: TestService;
let datasetId: string;
let dir: string;
let models: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "winnow-encoder-"));
  models = join(dir, "models");
  await cp(join(MODELS, "bare-names"), join(models, "bare-names"), { recursive: true });
  await mkdir(join(models, "empty"));
  service = await openService({
    api: { MODELS_DIR: models },
    worker: { WORKER_ROLES: "cpu,orchestrator,trainer", MODELS_DIR: models },
  });
  datasetId = await ingest(rows);
}, 240_000);

afterAll(async () => {
  await service.close();
  await rm(dir, { recursive: true, force: true });
});

async function ingest(of: readonly LabelledText[]): Promise<string> {
  const { id } = await service.client.call("createDatasetIngest", {
    body: {
      name: "generated",
      source: { type: "upload", uploadId: await service.upload(csvOf(of)) },
      format: { type: "csv" },
      duplicates: "keep",
    } as never,
  });
  return (await service.succeeded(id)).datasetId as string;
}

const post = (body: object) =>
  service.client.call("createFoldTraining", { body: { datasetId, ...body } as never });

const trained = async (body: object) => service.succeeded((await post(body)).id);

/** What the tasks of a run's encoder say: different texts, and those that were encoded. */
const figuresOf = ({ tasks }: Awaited<ReturnType<typeof trained>>) => {
  const shards = tasks.filter(({ shard }) => shard !== null);
  const sum = (name: string) =>
    shards.reduce((total, { metrics }) => total + Number(metrics?.[name]), 0);
  return { shards: shards.length, texts: sum("texts"), encoded: sum("encoded") };
};

async function answerOf(id: string): Promise<Map<string, number[][]>> {
  const { store } = service.fixture;
  const { data } = await service.client.call("listCrossValidations", { query: { parentId: id } });
  const answer = new Map([["pool", await probabilitiesOf(store, id)]]);
  for (const run of data.sort((a, b) => (a.member! < b.member! ? -1 : 1))) {
    answer.set(run.member as string, await probabilitiesOf(store, run.id));
  }
  return answer;
}

const quick = (more: object = {}) => ({
  model: { kind: "quick", encoder: { ...ENCODER, ...more } },
});

describe("an encoder in the service", () => {
  let first: Awaited<ReturnType<typeof trained>>;
  let answer: Map<string, number[][]>;

  it("encodes each different text once, in a task a shard, before the folds", async () => {
    first = await trained({ ...quick(), pruning: {} });
    expect(figuresOf(first)).toEqual({ shards: 2, texts: distinct, encoded: distinct });
    expect(await countVectors(service.fixture.storageDir)).toEqual({
      vectors: distinct,
      texts: distinct,
    });
    answer = await answerOf(first.crossValidationId as string);
    expect([...answer.keys()]).toEqual(TEXTS_AND_VECTORS);
    const { data } = await service.client.call("listFolds", {
      params: { id: first.crossValidationId as string },
    });
    expect(data[0]!.backend).toMatchObject({
      vectors: { columns: 8, encoder: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
  });

  it("a second run takes everything from the cache, and says the same", async () => {
    const again = await trained(quick());
    expect(figuresOf(again)).toEqual({ shards: 2, texts: distinct, encoded: 0 });
    expect(await answerOf(again.crossValidationId as string)).toEqual(answer);
  });

  it("rows in another order have the same vectors, and new texts alone are encoded", async () => {
    const more = [...rows].reverse().concat({ text: "a river of 7 cats", label: "places" });
    const job = await trained({ ...quick(), datasetId: await ingest(more) });
    expect(figuresOf(job)).toEqual({ shards: 2, texts: distinct + 1, encoded: 1 });
  });

  it("gives the members of winnow audit --encoder, bit for bit", async () => {
    writeFileSync(join(dir, "titles.csv"), csvOf(rows));
    const { code, stdout, stderr } = await runCli(
      ["audit", "titles.csv", "--no-files", "--encoder", "bare-names", "--max-length", "16"].concat(
        ["--json", "--top", "500"],
      ),
      { env: { MODELS_DIR: models, XDG_CACHE_HOME: join(dir, "cache") }, cwd: dir },
    );
    expect(code, stderr).toBe(0);
    const { worst } = JSON.parse(stdout) as {
      worst: {
        record: number;
        given: string;
        suggested: string;
        members: { name: string; given: number; suggested: number }[];
      }[];
    };
    expect(worst.length).toBeGreaterThan(100);
    const names = await classNames(service.fixture.store, datasetId);
    for (const { record, given, suggested, members } of worst) {
      expect(members).toHaveLength(4);
      for (const member of members) {
        const own = answer.get(member.name)![record - 1]!;
        expect(own[names.indexOf(given)]).toBe(Math.fround(member.given));
        expect(own[names.indexOf(suggested)]).toBe(Math.fround(member.suggested));
      }
    }
  });

  it("each flag's nearest rows are those of its own text's vector", async () => {
    const params = { id: first.pruningId as string };
    const job = (await service.client.call("listJobs", { query: { kind: "pruning" } as never }))
      .data[0]!;
    await service.succeeded(job.id);
    const { data } = await service.client.call("listFlags", { params, query: { limit: 50 } });
    await selectBackend("auto");
    const encoder = await openSentenceEncoder(join(MODELS, "bare-names"), ENCODER);
    const vectors: number[][] = [];
    for await (const block of encodeTexts(
      encoder,
      rows.map(({ text }) => text),
    )) {
      for (let i = 0; i < block.rows; i++)
        vectors.push([...block.vectors.subarray(8 * i, 8 * i + 8)]);
    }
    encoder.dispose();
    const cosine = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, value, c) => sum + value * b[c]!, 0) / (Math.hypot(...a) * Math.hypot(...b));
    expect(data.length).toBeGreaterThan(20);
    for (const { ordinal, evidence } of data) {
      const own = vectors[ordinal]!;
      const expected = vectors
        .map((other, row) => (row === ordinal ? -2 : cosine(own, other)))
        .sort((a, b) => b - a)
        .slice(0, 3);
      expect(evidence?.nearest).toHaveLength(3);
      evidence?.nearest?.forEach((near, i) => {
        expect(near.similarity).toBeCloseTo(expected[i]!, 5);
        expect(near.similarity).toBeCloseTo(cosine(own, vectors[near.ordinal]!), 5);
        expect(near.label).toBe(rows[near.ordinal]!.label);
      });
    }
  });

  it("static: the vocabulary once, and a member of its own", async () => {
    const job = await trained(quick({ static: true }));
    expect(figuresOf(job)).toEqual({ shards: 1, texts: 28, encoded: 28 });
    const own = await answerOf(job.crossValidationId as string);
    expect([...own.keys()]).toEqual(TEXTS_AND_VECTORS);
    expect(own.get("vectors")).not.toEqual(answer.get("vectors"));
    expect(figuresOf(await trained(quick({ static: true })))).toMatchObject({ encoded: 0 });
  });

  it("goes beside a network, whose folds it does not wait for", async () => {
    const model = { ...TINY_MODEL, encoder: ENCODER };
    const job = await trained({ model, training: { epochs: 1 }, folds: 2, backend: "wasm" });
    const pooled = await answerOf(job.crossValidationId as string);
    expect([...pooled.keys()].sort()).toEqual([...TEXTS_AND_VECTORS, "network"].sort());
    expect(pooled.get("vectors")).toEqual(answer.get("vectors"));
  });

  it("is estimated beforehand", async () => {
    const estimate = async (body: object) =>
      (
        await service.client.validate("createFoldTraining", {
          body: { datasetId, ...body } as never,
        })
      ).estimate;
    const texts = await estimate({ model: { kind: "quick" } });
    const both = await estimate(quick());
    expect(both.steps).toBe(texts.steps! + rows.length);
    expect(both.storageBytes).toBe(5 * texts.storageBytes! + rows.length * (20 + 4 * 8));
    expect(both.peakMemoryBytes).toBeGreaterThan(texts.peakMemoryBytes!);
    expect(both.seconds).toBeGreaterThan(0);
    expect((await estimate(quick({ pooling: "cls" }))).seconds).toBeNull();
  });

  it.each([
    [{ checkpoint: { path: "nowhere" } }, "source-not-allowed", /not a folder below MODELS_DIR/],
    [{ checkpoint: { path: "../bert" } }, "source-not-allowed", /not a folder below MODELS_DIR/],
    [{ checkpoint: { path: "empty" } }, "checkpoint-refused", /^empty holds no model\.safetensors/],
    [{ maxLength: 17 }, "invalid-parameters", /At most 16, the positions of bare-names/],
    [{ pooling: "max" }, "validation-failed", /./],
  ])("%j is refused before a job is made", async (more, code, detail) => {
    await expect(post(quick(more))).rejects.toMatchObject({
      problem: { code, detail: expect.stringMatching(detail) },
    });
    const body = { datasetId, ...quick(more) } as never;
    await expect(service.client.validate("createFoldTraining", { body })).rejects.toMatchObject({
      problem: { code },
    });
  });

  it("is refused beside embeddings, and without the round that reads it", async () => {
    const uploadId = await service.upload("x");
    const both = { model: { kind: "quick", encoder: ENCODER, embeddings: { uploadId } } };
    await expect(post(both)).rejects.toMatchObject({
      problem: { errors: [{ pointer: "/model/encoder" }] },
    });
    const linear = { model: { kind: "linear", encoder: ENCODER }, secondRound: false };
    await expect(post(linear)).rejects.toMatchObject({
      problem: { errors: [{ pointer: "/secondRound" }] },
    });
  });
});
