import type { Experiment, Job } from "@winnow/contracts";
import { createWebhook, listDeliveries, withTransaction } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually, makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, train } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 360_000 });

const ROWS = 600;
const QUICK = { kind: "quick" as const };
/** Noise is injected, so nothing of the file's own may be wrong. */
const TRUE_LABELS = { type: "csv", idColumn: "id", labelColumn: "truth" } as const;

let service: TestService;
let datasetId: string;

beforeAll(async () => {
  service = await openService();
  datasetId = await ingestCsv(service, makeCsv(ROWS), TRUE_LABELS);
});
afterAll(() => service.close());

const post = (body: object): Promise<Job> =>
  service.client.call("createExperiment", {
    body: { datasetId, model: QUICK, folds: 3, ...body },
  });

const read = (id: string): Promise<Experiment> =>
  service.client.call("getExperiment", { params: { id } });

const childrenOf = async (parentId: string): Promise<Job[]> => {
  const page = await service.client.call("listJobs", { query: { parentId, limit: 200 } });
  return page.data;
};

it("every noise, rate and seed is one run, whose prunings share its cross-validation", async () => {
  const { store } = service.fixture;
  const hook = await withTransaction(store, (tx) =>
    createWebhook(tx, {
      ...{ url: "https://127.0.0.1:9/hook", events: ["job.succeeded"] },
      ...{ kinds: [], description: "" },
    }),
  );
  const job = await post({
    noises: [{ type: "symmetric" }, { type: "pair" }],
    rates: [0.1, 0.3],
    seeds: [1, 2],
    prunings: [{}, { method: "both", order: "posterior" }],
    keep: "datasets",
  });
  const ended = await service.succeeded(job.id);
  expect(ended.progress).toEqual({ done: 8 * 4, total: 8 * 4, unit: "jobs" });
  expect(ended.result).toEqual({ experimentId: job.id, runs: 8 });
  const { cells, summary, datasetId: of } = await read(job.id);
  expect(of).toBe(datasetId);
  expect(cells.map(({ type, rate, seed }) => `${type} ${rate} ${seed}`)).toEqual(
    ["symmetric", "pair"].flatMap((type) =>
      [0.1, 0.3].flatMap((rate) => [1, 2].map((seed) => `${type} ${rate} ${seed}`)),
    ),
  );
  const kinds = (await childrenOf(job.id)).map(({ kind }) => kind);
  const count = (kind: Job["kind"]) => kinds.filter((one) => one === kind).length;
  expect([count("dataset-ingest"), count("fold-training"), count("pruning")]).toEqual([8, 8, 16]);
  // Webhooks are told of the experiment, and of none of its 32 jobs.
  const { data: told } = await listDeliveries(store, hook.id, { limit: 50 });
  expect(told.map(({ jobId }) => jobId)).toEqual([job.id]);
  for (const cell of cells) {
    const [first, second] = cell.figures!;
    // As many rows as the rate says, rounded in each class.
    expect(Math.abs(first!.errors - cell.rate! * ROWS)).toBeLessThanOrEqual(3);
    expect(second!.errors).toBe(first!.errors);
    for (const [i, figures] of cell.figures!.entries()) {
      const pruning = await service.client.call("getPruning", {
        params: { id: cell.pruningIds[i]! },
      });
      const { truth } = pruning.report!;
      expect(figures).toMatchObject({
        flagged: pruning.flagged,
        precision: truth!.precision,
        recall: truth!.recall,
        averagePrecision: truth!.averagePrecision![i === 0 ? "errorOdds" : "posterior"],
      });
    }
  }
  expect(summary).toHaveLength(8);
  const one = summary.find(
    ({ type, rate, pruning }) => type === "pair" && rate === 0.3 && !pruning,
  );
  const own = cells.filter(({ type, rate }) => type === "pair" && rate === 0.3);
  const values = own.map(({ figures }) => figures![0]!.precision!);
  expect(one!.precision!.mean).toBeCloseTo((values[0]! + values[1]!) / 2, 12);
  expect(one).toMatchObject({ seeds: 2, method: "prune_by_noise_rate", order: "error_odds" });
  // The texts of these classes share no word: almost every flag is right.
  expect(one!.precision!.mean).toBeGreaterThan(0.9);
  const listed = await service.client.call("listJobs", { query: { kind: "pruning" } });
  expect(listed.data).toEqual([]);
  const picture = await fetch(`${service.api.url}/v1/experiments/${job.id}/picture.svg`);
  expect(picture.headers.get("content-type")).toContain("image/svg+xml");
  expect(await picture.text()).toMatch(/^<svg [\s\S]*pair noise[\s\S]*<\/svg>\n$/);
});

it("what a run made is deleted once its figures are stored, and the parent stays", async () => {
  const job = await post({ rates: [0.2], seeds: [1, 2, 3], parallel: 1 });
  await service.succeeded(job.id);
  const cells = await eventually("the deletion", async () => {
    const { cells } = await read(job.id);
    return cells.every((cell) => cell.datasetId === null) && cells;
  });
  expect(cells.map(({ figures }) => figures?.length)).toEqual([1, 1, 1]);
  const { rows } = await poolOf(service.fixture.store).query<{ name: string }>(
    "SELECT name FROM datasets WHERE name LIKE '%(experiment: symmetric 0.2 seed%'",
  );
  expect(rows).toEqual([]);
  const parent = await service.client.call("getDataset", { params: { id: datasetId } });
  expect(parent.state).toBe("ready");
});

it("noise can be what a pruning of the dataset estimates: its pairs, and its matrix", async () => {
  const kept = await post({ rates: [0.3], seeds: [1], keep: "datasets" });
  await service.succeeded(kept.id);
  const noisy = (await read(kept.id)).cells[0]!;
  const pruningId = noisy.pruningIds[0]!;
  const job = await post({
    datasetId: noisy.datasetId,
    noises: [
      { type: "pair", pruningId },
      { type: "matrix", pruningId },
    ],
    rates: [0.1],
    seeds: [1],
  });
  await service.succeeded(job.id);
  const { cells } = await read(job.id);
  expect(cells.map(({ type, rate }) => [type, rate])).toEqual([
    ["pair", 0.1],
    ["matrix", null],
  ]);
  const estimated = noisy.figures![0]!.estimatedNoiseRate;
  expect(cells[1]!.figures![0]!.noiseRate).toBeCloseTo(estimated, 1);
  const refused = post({ noises: [{ type: "matrix", pruningId }] });
  await expect(refused).rejects.toMatchObject({ problem: { code: "invalid-parameters" } });
});

it("a cancelled experiment cancels its jobs, and its retry does only what is missing", async () => {
  const job = await post({ rates: [0.1, 0.2, 0.3], seeds: [1, 2, 3], parallel: 1 });
  await eventually("a finished run", async () =>
    (await read(job.id)).cells.some(({ state }) => state === "finished"),
  );
  await service.client.call("cancelJob", { params: { id: job.id } });
  expect(await service.ended(job.id)).toMatchObject({ state: "cancelled" });
  const before = await childrenOf(job.id);
  expect(before.every(({ state }) => state === "succeeded" || state === "cancelled")).toBe(true);
  const retry = await service.client.call("retryJob", { params: { id: job.id } });
  await service.succeeded(retry.id);
  const { cells } = await read(retry.id);
  expect(cells.map(({ state }) => state)).toEqual(Array(9).fill("finished"));
  const after = await childrenOf(retry.id);
  const finished = (jobs: Job[]) => jobs.filter(({ state }) => state === "succeeded");
  // Nothing that had succeeded ran again: three jobs a run have, and no more.
  expect(finished(after)).toHaveLength(27);
  const ids = new Set(after.map(({ id }) => id));
  for (const { id } of finished(before)) expect(ids.has(id)).toBe(true);
});

it("a run that fails ends the experiment with the reason, and the others are cancelled", async () => {
  const job = await post({ rates: [0.2], seeds: [1, 2], parallel: 2, keep: "datasets" });
  const child = await eventually("a training", async () =>
    (await childrenOf(job.id)).find(({ kind }) => kind === "fold-training"),
  );
  await service.client.call("cancelJob", { params: { id: child.id } }).catch(() => {});
  const ended = await service.ended(job.id);
  const cancelled = await service.client.call("getJob", { params: { id: child.id } });
  // It may have ended before the cancellation came.
  if (cancelled.state !== "cancelled") return expect(ended.state).toBe("succeeded");
  expect(ended).toMatchObject({ state: "failed" });
  expect(ended.error?.detail).toContain(child.id);
  const retry = await service.client.call("retryJob", { params: { id: job.id } });
  await service.succeeded(retry.id);
  expect((await read(retry.id)).cells.map(({ state }) => state)).toEqual(["finished", "finished"]);
});

it("targetPrecision cuts where an experiment says, and the report says what it promises", async () => {
  const { client } = service;
  const { id } = await post({ rates: [0.2], seeds: [1, 2, 3] });
  await service.succeeded(id);
  const ingest = await client.call("createDatasetIngest", {
    body: {
      name: "fresh noise",
      source: { type: "dataset", datasetId },
      noise: { type: "symmetric", rate: 0.2, seed: 99 },
    },
  });
  const fresh = (await service.succeeded(ingest.id)).datasetId!;
  const { id: crossValidationId } = await train(service, fresh, { model: QUICK, folds: 3 });
  const prune = (body: object) =>
    client.call("createPruning", { body: { crossValidationId, experimentId: id, ...body } });
  const job = await service.succeeded((await prune({ targetPrecision: 0.9 })).id);
  const { report, parameters } = await client.call("getPruning", {
    params: { id: job.pruningId! },
  });
  expect(parameters).toMatchObject({ targetPrecision: 0.9, experimentId: id });
  expect(report!.target).toMatchObject({
    target: 0.9,
    order: "error_odds",
    experimentId: id,
    noise: "symmetric",
    rate: 0.2,
    seeds: 3,
    reviewed: { rows: 0, wrong: 0 },
  });
  const { cut, low, high, expected } = report!.target!;
  expect(expected).toBeGreaterThanOrEqual(0.9);
  expect(report!.truth!.precision).toBeGreaterThanOrEqual(low!);
  expect(report!.truth!.precision).toBeLessThanOrEqual(high!);
  const flags = await client.call("listFlags", {
    params: { id: job.pruningId! },
    query: { limit: 1000 },
  });
  for (const { errorOdds } of flags.data) expect(errorOdds).toBeGreaterThanOrEqual(cut!);
  const refused = [
    [{}, "/experimentId"],
    [{ targetPrecision: 0.9, order: "normalized_margin" }, "/order"],
    [{ targetPrecision: 0.9, method: "argmax" }, "/method"],
  ] as const;
  for (const [body, pointer] of refused) {
    await expect(prune(body)).rejects.toMatchObject({
      problem: { code: "invalid-parameters", errors: [{ pointer }] },
    });
  }
  const failed = await service.ended(
    (await prune({ targetPrecision: 0.9, experimentNoise: 3 })).id,
  );
  expect(failed.error).toMatchObject({ errors: [{ pointer: "/experimentNoise" }] });
});

it.each([
  [{ noises: [{ type: "matrix" }] }, "/noises/0"],
  [{ noises: [{ type: "matrix", matrix: [[1]] }] }, "/noises/0/matrix"],
  [
    { noises: [{ type: "pair", pairs: [{ from: "class-0", to: "nowhere" }] }] },
    "/noises/0/pairs/0/to",
  ],
  [{ rates: [0.1, 0.1] }, "/rates/1"],
  [{ prunings: [{ adjust: true }] }, "/prunings/0/adjust"],
  [{ training: { epochs: 3 } }, "/training/epochs"],
  [{ prunings: [{ numToRemovePerClass: [1] }] }, "/prunings/0/numToRemovePerClass"],
])("%j is refused at %s", async (body, pointer) => {
  await expect(post(body)).rejects.toMatchObject({
    problem: { code: "invalid-parameters", errors: [{ pointer }] },
  });
});

it("the estimate is told without a job", async () => {
  const { estimate } = await service.client.validate("createExperiment", {
    body: { datasetId, model: QUICK, rates: [0.1], seeds: [1, 2, 3] },
  });
  expect(estimate).toMatchObject({ rows: ROWS, folds: 10, steps: 3 * ROWS });
  expect(estimate.storageBytes).toBeGreaterThan(0);
  // Experiments with this model have run.
  expect(estimate.seconds).toBeGreaterThan(0);
});

it("an id of another job is no experiment", async () => {
  const { data } = await service.client.call("listJobs", { query: { kind: "dataset-ingest" } });
  await expect(read(data[0]!.id)).rejects.toMatchObject({
    problem: { code: "experiment-not-found" },
  });
});
