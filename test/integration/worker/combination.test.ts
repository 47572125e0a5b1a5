import type { ApiError } from "@winnow/client";
import { findLabelIssues, poolInto } from "@winnow/confident-learning";
import type { Flag } from "@winnow/contracts";
import { readLabels, readProbabilityBlocks } from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, membersOf, probabilitiesOf, train } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 540_000 });

const [ROWS, K] = [1_200, 3];
const LINEAR = { model: { kind: "linear" }, folds: 3, secondRound: true };

let service: TestService;
let datasetId: string;
/** Two seeds of the recipe without a network. */
let runs: string[];

beforeAll(async () => {
  service = await openService();
  datasetId = await ingestCsv(service, makeCsv(ROWS, K));
  runs = [await trained({ ...LINEAR, seed: 1 }), await trained({ ...LINEAR, seed: 2 })];
}, 540_000);

afterAll(() => service.close());

const trained = async (body: object): Promise<string> => (await train(service, datasetId, body)).id;

async function combined(crossValidationIds: string[], body: object = {}) {
  const job = await service.client.call("createCombination", {
    body: { crossValidationIds, ...body },
  });
  const ended = await service.succeeded(job.id);
  return { job: ended, id: ended.crossValidationId as string };
}

const stored = (id: string) => probabilitiesOf(service, id, { rows: ROWS, k: K });

async function meanOf(ids: readonly string[]): Promise<Float32Array> {
  const members = [];
  for (const id of ids) members.push({ probs: await stored(id), share: 1 / ids.length });
  const mean = new Float32Array(ROWS * K);
  poolInto(members, K, mean);
  return mean;
}

async function prunedFlags(crossValidationId: string, body: object = {}) {
  const job = await service.client.call("createPruning", { body: { crossValidationId, ...body } });
  const { pruningId } = await service.succeeded(job.id);
  const params = { id: pruningId as string };
  const { data } = await service.client.call("listFlags", { params, query: { limit: 1_000 } });
  return { params, flags: data, pruning: await service.client.call("getPruning", { params }) };
}

const refusal = (body: object) =>
  service.client.call("createCombination", { body: body as never }).then(
    () => null,
    (error: ApiError) => error,
  );

describe("a combination of runs", () => {
  it("has the mean of their log probabilities, also of each member, and knows its parts", async () => {
    const { job, id } = await combined(runs);
    expect(job.result).toMatchObject({ crossValidationId: id, rows: ROWS });
    expect(job.progress).toMatchObject({ done: 4 * ROWS, total: 4 * ROWS });
    expect(await stored(id)).toEqual(await meanOf(runs));
    const run = await service.client.call("getCrossValidation", { params: { id } });
    expect(run).toMatchObject({
      state: "ready",
      rows: ROWS,
      classes: K,
      combinedOf: runs,
      parentId: null,
      configuration: { crossValidationIds: runs },
    });
    const members = await membersOf(service, id);
    expect([...members.keys()].sort()).toEqual(["linear", "quick", "second"]);
    const parts = [await membersOf(service, runs[0]!), await membersOf(service, runs[1]!)];
    for (const [name, member] of members) {
      const mean = await meanOf(parts.map((of) => of.get(name)!.id));
      expect(await stored(member.id), name).toEqual(mean);
    }
    const whole = await service.client.call("listCrossValidations", { query: { datasetId } });
    expect(whole.data.map((one) => one.id)).not.toContain(members.get("quick")!.id);
  });

  it("keeps the folds where all parts have the same, and has one fold where they differ", async () => {
    const [first] = runs as [string, string];
    const same = await combined([first, await trained({ ...LINEAR, seed: 1, secondRound: false })]);
    const other = await combined(runs);
    const foldsOf = async (id: string) =>
      (await service.client.call("getCrossValidation", { params: { id } })).folds;
    expect([await foldsOf(same.id), await foldsOf(other.id)]).toEqual([3, 1]);
    expect([...(await membersOf(service, same.id)).keys()]).toEqual([]);
  });

  it("is pruned with it, exported, and combined again", async () => {
    const { job, id } = await combined(runs, { pruning: {} });
    const pruningId = job.pruningId as string;
    await service.succeeded((job.result as { pruningJobId: string }).pruningJobId);
    const { body } = await service.client.request("exportPruning", {
      params: { id: pruningId },
      query: { split: "all" },
    });
    const lines = (await new Response(body).text()).trimEnd().split("\n");
    expect(lines).toHaveLength(ROWS);
    const again = await combined([id, runs[0]!]);
    expect(await stored(again.id)).toEqual(await meanOf([id, runs[0]!]));
  });

  it("has a route of its own beside the cross-validations", async () => {
    const job = await service.client.call("combineCrossValidations", {
      body: { crossValidationIds: runs },
    });
    expect(job).toMatchObject({ kind: "combination", datasetId });
    await service.succeeded(job.id);
  });
});

describe("runs that cannot be combined are refused by name", () => {
  it("of other datasets, even with the same rows", async () => {
    const other = await ingestCsv(service, makeCsv(ROWS, K));
    const foreign = await trained({ datasetId: other, model: { kind: "quick" } });
    expect(await refusal({ crossValidationIds: [runs[0], foreign] })).toMatchObject({
      problem: {
        status: 422,
        code: "cross-validations-differ",
        errors: [
          {
            pointer: "/crossValidationIds/1",
            detail: expect.stringContaining(`of the dataset ${other}`),
          },
        ],
      },
    });
  });

  it.each([
    ["one run", (all: string[]) => [all[0]], 400, "validation-failed"],
    ["a run twice", (all: string[]) => [all[0], all[0]], 400, "validation-failed"],
    [
      "a run that does not exist",
      (all: string[]) => [all[0], `cv_${"0".repeat(8)}-0000-7000-8000-000000000000`],
      404,
      "cross-validation-not-found",
    ],
  ])("%s", async (_, of, status, code) => {
    const found = await refusal({ crossValidationIds: of(runs) });
    expect(found?.problem).toMatchObject({ status, code });
  });
});

describe("the stability of flags", () => {
  it("is the share of the models, of all seeds, that flag a row by the same method", async () => {
    const { store } = service.fixture;
    const { id } = await combined(runs);
    const { flags, pruning, params } = await prunedFlags(id, { method: "both" });
    const { labels } = await readLabels(store, datasetId);
    const votes = new Map<number, number>();
    const voters: string[] = [];
    for (const run of runs) {
      for (const member of (await membersOf(service, run)).values()) voters.push(member.id);
    }
    for (const voter of voters) {
      const blocks = () => readProbabilityBlocks(store, voter, K);
      const source = { n: labels.length, k: K, dtype: "float32" as const, blocks };
      const { indices } = await findLabelIssues(source, { method: "both" });
      for (const row of indices) votes.set(row, (votes.get(row) ?? 0) + 1);
    }
    expect(voters).toHaveLength(6);
    expect(flags.map(({ stability }) => stability)).toEqual(
      flags.map(({ ordinal }) => (votes.get(ordinal) ?? 0) / 6),
    );
    expect(new Set(flags.map(({ stability }) => stability)).size).toBeGreaterThan(1);
    const asked = pruning.report?.stability;
    expect(asked?.voters.map((one) => one.crossValidationId).sort()).toEqual([...voters].sort());
    expect(asked?.unanimous).toBe(flags.filter(({ stability }) => stability === 1).length);
    await sortedAndFiltered(params, flags);
  });

  async function* allFlags(id: string): AsyncGenerator<Flag> {
    let next: string | null = "";
    while (next !== null) {
      const query = { order: "stability" as const, limit: 7, ...(next && { cursor: next }) };
      const page: { data: Flag[]; nextCursor: string | null } = await service.client.call(
        "listFlags",
        { params: { id }, query },
      );
      yield* page.data;
      next = page.nextCursor;
    }
  }

  /** Pages in the order of stability hold every flag once, and bounds cut the list. */
  async function sortedAndFiltered(params: { id: string }, flags: readonly Flag[]) {
    const sorted: Flag[] = [];
    for await (const flag of allFlags(params.id)) sorted.push(flag);
    const expected = [...flags].sort((a, b) => b.stability! - a.stability! || a.rank - b.rank);
    expect(sorted.map(({ rank }) => rank)).toEqual(expected.map(({ rank }) => rank));
    const bounds = { minStability: 0.5, maxStability: 0.9, limit: 1_000 };
    const within = await service.client.call("listFlags", { params, query: bounds });
    expect(within.data.map(({ rank }) => rank)).toEqual(
      flags.filter(({ stability }) => stability! >= 0.5 && stability! <= 0.9).map((f) => f.rank),
    );
  }

  it("counts the members of a run alone, by fold too, and leaves out what is deleted", async () => {
    const alone = await prunedFlags(runs[0]!, { scope: "fold" });
    expect(alone.pruning.report?.stability?.voters.map(({ member }) => member).sort()).toEqual([
      "linear",
      "quick",
      "second",
    ]);
    const spare = await trained({ model: { kind: "quick" }, seed: 9 });
    const { id } = await combined([runs[0]!, spare]);
    await service.client.call("deleteCrossValidation", { params: { id: spare } });
    const { pruning } = await prunedFlags(id);
    expect(pruning.report?.stability?.voters).toHaveLength(3);
  });

  it("is null without two models, and where nobody asks for it", async () => {
    const single = await prunedFlags(await trained({ model: { kind: "quick" } }));
    const unasked = await prunedFlags(runs[0]!, { stability: false });
    for (const { flags, pruning } of [single, unasked]) {
      expect(pruning.report?.stability).toBeNull();
      expect(new Set(flags.map(({ stability }) => stability))).toEqual(new Set([null]));
    }
  });
});
