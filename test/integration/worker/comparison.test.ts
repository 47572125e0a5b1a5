import { Comparison, type Job } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { makeCsv } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, train } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const ROWS = 600;

let service: TestService;

beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

async function pruned(trueLabelColumn?: string): Promise<Job> {
  const format = {
    type: "csv",
    idColumn: "id",
    ...(trueLabelColumn && { trueLabelColumn }),
  } as const;
  const datasetId = await ingestCsv(service, makeCsv(ROWS), format);
  const { job } = await train(service, datasetId, { model: { kind: "quick" }, pruning: {} });
  return service.succeeded(String(job.result!.pruningJobId));
}

const compare = async (pruningId: string, asked: object = {}): Promise<Comparison> => {
  const job = await service.client.call("createComparison", { body: { pruningId, ...asked } });
  const { result, progress } = await service.succeeded(job.id);
  expect(progress.done).toBe(progress.total);
  return Comparison.parse(result);
};

it("versions are judged on all rows by the true labels, and reviews by flags gain more than at random", async () => {
  const { pruningId } = await pruned("truth");
  const found = await compare(pruningId!);
  expect(found).toMatchObject({ judge: "true-labels", judged: ROWS, model: "quick" });
  const of = (name: string) => found.versions.find(({ version }) => version === name)!;
  expect(found.versions.map(({ version }) => version)).toEqual([
    "original",
    "cleaned",
    "relabelled",
    "soft",
  ]);
  expect(of("original")).toMatchObject({ learned: ROWS, difference: { estimate: 0 } });
  const pruning = await service.client.call("getPruning", { params: { id: pruningId! } });
  expect(of("cleaned").learned).toBe(ROWS - pruning.flagged!);
  expect(of("relabelled").learned).toBe(ROWS);
  for (const { accuracy, classes, learned } of found.versions) {
    expect(accuracy.low).toBeLessThan(accuracy.estimate);
    expect(accuracy.high).toBeGreaterThanOrEqual(accuracy.estimate);
    expect(classes.reduce((sum, one) => sum + one.judged, 0)).toBe(ROWS);
    expect(classes.reduce((sum, one) => sum + one.learned, 0)).toBeCloseTo(learned, 3);
    const right = classes.reduce((sum, one) => sum + one.judged * one.accuracy!.estimate, 0);
    expect(right / ROWS).toBeCloseTo(accuracy.estimate, 9);
  }
  const curve = found.curve!;
  expect(curve[0]).toMatchObject({ share: 0, reviewed: 0 });
  expect(curve[0]!.byFlags.estimate).toBe(of("original").accuracy.estimate);
  expect(curve[0]!.atRandom).toEqual(curve[0]!.byFlags);
  for (const { share, reviewed } of curve) expect(reviewed).toBe(Math.round(share * ROWS));
  const last = curve.at(-1)!;
  expect(last.byFlags.estimate).toBeGreaterThanOrEqual(last.atRandom.estimate);
});

it("another dataset judges models of all rows, and a review goes on after the flags until every label is right", async () => {
  const { pruningId } = await pruned("truth");
  const pruning = await service.client.call("getPruning", { params: { id: pruningId! } });
  // Of other rows: its classes come in another order.
  const lines = makeCsv(450).trim().split("\n");
  const held = [lines[0], ...lines.slice(1).reverse()].join("\n");
  const format = { type: "csv", idColumn: "id", labelColumn: "truth" } as const;
  const testDatasetId = await ingestCsv(service, held, format);
  const curve = [0, 0.02, 0.5, 1];
  const found = await compare(pruningId!, { testDatasetId, curve });
  expect(found).toMatchObject({ judge: "test-dataset", judged: 450, testDatasetId });
  expect(found.note).toContain("by their given labels");
  const of = (name: string) => found.versions.find(({ version }) => version === name)!;
  expect(of("original").learned).toBe(ROWS);
  expect(of("original").accuracy.estimate).toBeGreaterThan(0.9);
  expect(of("original").classes.map(({ judged }) => judged)).toEqual([150, 150, 150]);
  expect(found.curve!.map(({ reviewed }) => reviewed)).toEqual([0, 12, 300, 600]);
  expect(found.curve![2]!.reviewed).toBeGreaterThan(pruning.flagged!);
  // All rows reviewed are all rows right, in whatever order.
  expect(found.curve![3]!.byFlags).toEqual(found.curve![3]!.atRandom);
  expect(found.curve![0]!.byFlags.estimate).toBe(of("original").accuracy.estimate);
});

it("a test dataset with a class that the other lacks is refused, by its name", async () => {
  const { pruningId } = await pruned();
  const testDatasetId = await ingestCsv(service, "text,label\na b,class-0\nc d,novel\n", {
    type: "csv",
  });
  const posted = service.client.call("createComparison", {
    body: { pruningId: pruningId!, testDatasetId },
  });
  await expect(posted).rejects.toMatchObject({
    problem: {
      code: "classes-mismatch",
      errors: [{ pointer: "/testDatasetId", detail: "novel is unknown" }],
    },
  });
});

it("without true labels the reviewed rows judge, and before any the unflagged ones; the note says so", async () => {
  const { pruningId, datasetId } = await pruned();
  const before = await compare(pruningId!);
  expect(before).toMatchObject({ judge: "unflagged-rows", curve: null });
  expect(before.note).toContain("cannot show a gain");
  const ordinals = Array.from({ length: 120 }, (_, i) => i * 5);
  await service.client.call("createReviews", {
    params: { id: datasetId! },
    body: {
      type: "rows",
      reviews: ordinals.map((ordinal) => ({ ordinal, verdict: "keep" as const })),
    },
  });
  const after = await compare(pruningId!);
  expect(after).toMatchObject({ judge: "reviewed-rows", judged: 120, curve: null });
  expect(after.versions.map(({ version }) => version)).toContain("reviewed");
});

it.each([
  [{ folds: ROWS }, "validation-failed"],
  [{ pruningId: "pr_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59" }, "pruning-not-found"],
])("%j is refused", async (body, code) => {
  const pruningId = "pr_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
  const posted = service.client.call("createComparison", { body: { pruningId, ...body } });
  await expect(posted).rejects.toMatchObject({ problem: { code } });
});
