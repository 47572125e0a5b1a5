import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ApiError } from "@winnow/client";
import type { Flag } from "@winnow/contracts";
import { folderPath } from "@winnow/storage";
import { readRowFolds, readTrainingData } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { slowFeatures, slowWeights } from "../../../packages/linear/oracle/slow-naive-bayes.js";
import { eventually, jobOf, makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, train } from "../../support/service-steps.js";
import { killChildrenOf } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 540_000 });

const [ROWS, K] = [600, 3];

let service: TestService;
let datasetId: string;
let quickId: string;

beforeAll(async () => {
  service = await openService();
  datasetId = await ingestCsv(service, makeCsv(ROWS, K));
  quickId = await trained({ model: { kind: "quick" }, seed: 3 });
}, 540_000);

afterAll(() => service.close());

const trained = async (body: object): Promise<string> => (await train(service, datasetId, body)).id;

async function pruned(crossValidationId: string, body: object = {}) {
  const { id } = await service.client.call("createPruning", {
    body: { crossValidationId, ...body },
  });
  const job = await service.succeeded(id);
  return { job, ...(await flagsOf(job.pruningId as string)) };
}

async function flagsOf(pruningId: string) {
  const params = { id: pruningId };
  const { data: flags } = await service.client.call("listFlags", {
    params,
    query: { limit: 1_000 },
  });
  const { report } = await service.client.call("getPruning", { params });
  return { params, flags, report };
}

/** The five that speak most for the suggestion and for the given label, by a slow dense loop. */
async function slowEvidence(runId: string) {
  const { store } = service.fixture;
  const { texts, labels } = await readTrainingData(store, datasetId);
  const folds = [...(await readRowFolds(store, runId, ROWS))];
  const features = slowFeatures(texts);
  const targets = [...labels].map((label) => Array.from({ length: K }, (_, c) => +(c === label)));
  const names = (
    await service.client.call("listDatasetClasses", { params: { id: datasetId } })
  ).data.map(({ name }) => name);
  return ({ ordinal, given, suggested }: Pick<Flag, "ordinal" | "given" | "suggested">) => {
    const [a, b] = [names.indexOf(suggested), names.indexOf(given)];
    const { weights, classSizes } = slowWeights(features, targets, folds, ordinal);
    const all = [...features.rows[ordinal]!].map(([ngram, value]) => {
      const of = weights.get(ngram)!;
      return { ngram: ngram.slice(2), weight: value * (of[a]! - of[b]!) };
    });
    const sizes = classSizes[a]! - classSizes[b]!;
    const sorted = all.map(({ weight }) => weight).sort((x, y) => y - x);
    return {
      all,
      sizes,
      suggested: sorted.slice(0, 5).filter((weight) => weight > 0),
      given: sorted
        .slice(-5)
        .reverse()
        .filter((weight) => weight < 0),
      difference: sorted.reduce((sum, weight) => sum + weight, sizes),
    };
  };
}

function expectClose(found: readonly number[], expected: readonly number[], where: string) {
  expect(found, where).toHaveLength(expected.length);
  found.forEach((weight, i) => {
    expect(weight, where).toBeCloseTo(expected[i]!, 9);
  });
}

describe("the evidence of flags", () => {
  it("has the weights of a slow loop over the other folds, and adds up to the difference", async () => {
    const { flags, report, job } = await pruned(quickId);
    expect(report?.evidence).toBe("complete");
    expect(job.tasks).toHaveLength(2);
    const slow = await slowEvidence(quickId);
    expect(flags.length).toBeGreaterThan(20);
    for (const flag of flags) {
      const { evidence } = flag;
      if (!evidence) throw new Error(`flag ${flag.rank} has no evidence`);
      const expected = slow(flag);
      const where = `flag ${flag.rank}`;
      for (const side of ["suggested", "given"] as const) {
        expectClose(
          evidence[side].map(({ weight }) => weight),
          expected[side],
          `${where}, ${side}`,
        );
        for (const { ngram, weight } of evidence[side]) {
          const same = expected.all.filter((one) => one.ngram === ngram);
          expect(
            same.some((one) => Math.abs(one.weight - weight) < 1e-9),
            `${where}: ${ngram}`,
          ).toBe(true);
        }
      }
      expectClose(
        [evidence.classSizes, evidence.difference],
        [expected.sizes, expected.difference],
        where,
      );
    }
  });

  it("comes out of the quick member of a pool, and of the first part of a combination", async () => {
    const linear = { model: { kind: "linear" }, folds: 3, seed: 5 };
    const plain = await trained(linear);
    const job = await service.client.call("createCombination", {
      body: { crossValidationIds: [plain, quickId] },
    });
    const combined = (await service.succeeded(job.id)).crossValidationId as string;
    const { flags, report } = await pruned(combined);
    expect(report?.evidence).toBe("complete");
    const slow = await slowEvidence(quickId);
    for (const flag of flags) {
      expect(flag.evidence?.difference).toBeCloseTo(slow(flag).difference, 9);
    }
    // Without a quick model there is none, and the report says so.
    const bare = await pruned(plain);
    expect(bare.report?.evidence).toBe("no-quick-model");
    expect(bare.job.tasks).toHaveLength(1);
    expect(new Set(bare.flags.map(({ evidence }) => evidence))).toEqual(new Set([null]));
  });

  it("is left out where nobody asks for it", async () => {
    const { flags, report } = await pruned(quickId, { evidence: false });
    expect(report?.evidence).toBe("not-asked");
    expect(new Set(flags.map(({ evidence }) => evidence))).toEqual(new Set([null]));
  });

  it("stands in the queue of reviews, in exports on request, and goes with the pruning", async () => {
    const { flags, params } = await pruned(quickId);
    const queue = await service.client.call("listReviewQueue", { params, query: { limit: 10 } });
    expect(queue.data.map(({ evidence }) => evidence)).toEqual(
      flags.slice(0, 10).map(({ evidence }) => evidence),
    );
    const linesOf = async (query: object) => {
      const { body } = await service.client.request("exportPruning", {
        params,
        query: { split: "all", ...query } as never,
      });
      const text = await new Response(body).text();
      return text.trimEnd().split("\n");
    };
    const rows = (await linesOf({ evidence: "true" })).map((line) => JSON.parse(line));
    const byOrdinal = new Map(flags.map((flag) => [flag.ordinal, flag.evidence]));
    for (const row of rows) expect(row.evidence).toEqual(byOrdinal.get(row.ordinal) ?? null);
    expect(JSON.parse((await linesOf({}))[0]!)).not.toHaveProperty("evidence");
    const [head] = await linesOf({ evidence: "true", format: "csv" });
    expect(head).toMatch(/,evidence\b/);
    const refused = await linesOf({ evidence: "true", columns: "source" }).catch(
      (error: ApiError) => error.problem,
    );
    expect(refused).toMatchObject({ status: 422, code: "invalid-parameters" });
    const counted =
      "SELECT count(*)::int AS rows FROM flag_evidence WHERE pruning_key NOT IN (SELECT key FROM prunings)";
    await service.client.call("deletePruning", { params });
    const { rows: left } = await poolOf(service.fixture.store).query(counted);
    expect(left).toEqual([{ rows: 0 }]);
  });

  it("without the counts that the training left it is made by a process, survives its kill with the same bits, and the pruning is not made again", async () => {
    const own = await ingestCsv(service, makeCsv(20_000, 4));
    const crossValidationId = await trained({ datasetId: own, model: { kind: "quick" } });
    const { flags: undisturbed } = await pruned(crossValidationId);
    const folder = folderPath(service.fixture.storageDir, "tokens");
    const left = readdirSync(folder).filter((name) => name.startsWith(`${own}-`));
    expect(left).toEqual([expect.stringMatching(/\.quick$/)]);
    for (const name of left) rmSync(join(folder, name));
    const { id } = await service.client.call("createPruning", { body: { crossValidationId } });
    await eventually("the task of the evidence", async () => {
      const { tasks, phase } = await jobOf(service.fixture.store, id);
      return tasks.length === 2 && (phase === "preparing" || phase === "fitting");
    });
    killChildrenOf(service.worker);
    const job = await service.succeeded(id);
    expect(job.tasks.map(({ attempt }) => attempt).sort()).toEqual([1, 2]);
    const { flags } = await flagsOf(job.pruningId as string);
    expect(flags.map(({ evidence }) => evidence)).toEqual(
      undisturbed.map(({ evidence }) => evidence),
    );
  });
});
