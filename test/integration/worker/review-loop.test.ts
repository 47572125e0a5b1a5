import type { ReviewParams, Sample } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  exportedFile,
  type PrunedFile,
  pruneDataset,
  pruneFile,
} from "../../support/pruned-file.js";
import { openService, type TestService } from "../../support/service.js";

/** 12 rows of classes a, b, c in turn, which have true labels and a column of their own. */
const CLASSES = ["a", "b", "c"];
const CSV = `id,text,label,truth,url\n${Array.from(
  { length: 12 },
  (_, i) =>
    `r${i},this is text number ${i} of them all,${CLASSES[i % 3]},${CLASSES[(i + 1) % 3]},u${i}\n`,
).join("")}`;
const FORMAT = { type: "csv", idColumn: "id", trueLabelColumn: "truth" } as const;
/** The suggestion is the class after one's own. */
const FLAGGED = [0, 1, 2, 3, 4];

let service: TestService;
let pruned: PrunedFile;

beforeAll(async () => {
  service = await openService();
  pruned = await pruneFile(service, CSV, FORMAT, FLAGGED);
  await review([
    { ordinal: 0, verdict: "keep" },
    { ordinal: 1, verdict: "relabel", label: "a" },
    { ordinal: 2, verdict: "drop" },
    { ordinal: 3, verdict: "unsure" },
    // Not flagged, but somebody knows better.
    { ordinal: 10, verdict: "relabel", label: "c" },
    { ordinal: 11, verdict: "drop" },
  ]);
});
afterAll(() => service.close());

function review(reviews: Extract<ReviewParams, { type: "rows" }>["reviews"] | object[]) {
  return service.client.call("createReviews", {
    params: { id: pruned.datasetId },
    body: { type: "rows", reviews: reviews as [] },
  });
}

type Row = Record<string, unknown>;
async function split(query: object): Promise<Row[]> {
  const bytes = await exportedFile(service, pruned.pruningId, query);
  return bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}
const ordinalsOf = (rows: readonly Row[]) => rows.map(({ ordinal }) => ordinal);

describe("exports follow the reviews", () => {
  it("cleaned has what was kept or relabelled, and not what was dropped", async () => {
    const rows = await split({ split: "cleaned" });
    expect(ordinalsOf(rows)).toEqual([0, 1, 5, 6, 7, 8, 9, 10]);
    expect(rows[1]).toMatchObject({ label: "a", review: "relabel", flagged: true });
    expect(rows.at(-1)).toMatchObject({ label: "c", review: "relabel", flagged: false });
    const noise = await split({ split: "noise" });
    expect(ordinalsOf(noise)).toEqual([1, 2, 3, 4, 10, 11]);
    expect(noise[0]).toMatchObject({ label: "b", review: "relabel" });
  });

  it("relabelled has the suggestion only where nobody decided", async () => {
    const rows = await split({ split: "relabelled" });
    expect(rows.map(({ ordinal, label, given }) => [ordinal, given, label]).slice(0, 4)).toEqual([
      [0, "a", "a"],
      [1, "b", "a"],
      [3, "a", "b"],
      [4, "b", "c"],
    ]);
    const source = await exportedFile(service, pruned.pruningId, {
      split: "relabelled",
      format: "source",
      columns: "source",
    });
    expect(source.toString().split("\n")[2]).toBe("r1,this is text number 1 of them all,a,c,u1");
  });

  it("soft labels are certain where somebody decided", async () => {
    const soft = new Map((await split({ split: "soft" })).map((row) => [row.ordinal, row.soft]));
    expect(soft.get(0)).toEqual([{ label: "a", probability: 1 }]);
    expect(soft.get(1)).toEqual([{ label: "a", probability: 1 }]);
    expect(soft.has(2)).toBe(false);
    expect(soft.get(3)).toHaveLength(2);
  });

  it("on request they give the pruning's answer alone", async () => {
    expect(ordinalsOf(await split({ split: "cleaned", reviews: "ignore" }))).toEqual([
      5, 6, 7, 8, 9, 10, 11,
    ]);
    expect(ordinalsOf(await split({ split: "noise", reviews: "ignore" }))).toEqual(FLAGGED);
    expect(await split({ split: "relabelled", reviews: "ignore" })).toHaveLength(12);
  });
});

it("the next pruning flags nothing again about which somebody decided", async () => {
  const again = await pruneDataset(service, pruned.datasetId, [...FLAGGED, 10]);
  const { data } = await service.client.call("listFlags", { params: { id: again.pruningId } });
  expect(data.map(({ ordinal }) => ordinal).sort()).toEqual([3, 4]);
  expect(data.map(({ rank }) => rank)).toEqual([1, 2]);
  const { report, flagged } = await service.client.call("getPruning", {
    params: { id: again.pruningId },
  });
  expect(flagged).toBe(2);
  expect(report?.counts).toMatchObject({ flagged: 2, droppedByReview: 4 });
});

describe("a version of the dataset", () => {
  let versionId: string;
  let samples: Sample[];
  beforeAll(async () => {
    versionId = await makeVersion({ split: "cleaned" });
    samples = await samplesOf(versionId);
  });

  async function makeVersion(source: object): Promise<string> {
    const { id } = await service.client.call("createDatasetIngest", {
      body: {
        name: "version",
        source: { type: "pruning", pruningId: pruned.pruningId, ...source },
      },
    });
    return (await service.succeeded(id)).datasetId as string;
  }
  const samplesOf = async (id: string) =>
    (await service.client.call("listSamples", { params: { id }, query: { limit: 1000 } })).data;

  it("has the rows and labels of the split, with line, id, true label and other columns", async () => {
    expect(samples.map(({ externalId }) => externalId)).toEqual(
      [0, 1, 5, 6, 7, 8, 9, 10].map((n) => `r${n}`),
    );
    expect(samples.map(({ ordinal }) => ordinal)).toEqual([...samples.keys()]);
    expect(samples[1]).toMatchObject({
      label: "a",
      trueLabel: "c",
      line: 3,
      columns: [{ name: "url", value: "u1" }],
    });
    const dataset = await service.client.call("getDataset", { params: { id: versionId } });
    expect(dataset).toMatchObject({
      parentId: pruned.datasetId,
      hasTrueLabels: true,
      version: { pruningId: pruned.pruningId, split: "cleaned", reviews: "follow" },
    });
  });

  it("knows what was decided about its rows", async () => {
    const { data } = await service.client.call("listReviews", { params: { id: versionId } });
    expect(data.map(({ ordinal, verdict, inherited }) => [ordinal, verdict, inherited])).toEqual([
      [0, "keep", true],
      [1, "relabel", true],
      [7, "relabel", true],
    ]);
    await expect(
      service.client.call("undoReviews", { params: { id: versionId }, body: {} }),
    ).rejects.toMatchObject({ code: "nothing-to-undo" });
    const again = await pruneDataset(service, versionId, [0, 1, 2]);
    const flags = await service.client.call("listFlags", { params: { id: again.pruningId } });
    expect(flags.data.map(({ ordinal }) => ordinal)).toEqual([2]);
  });

  it("is compared with the one before, in all, by class and row by row", async () => {
    const query = { against: pruned.datasetId };
    const diff = await service.client.call("getDatasetDiff", { params: { id: versionId }, query });
    expect(diff).toMatchObject({ unchanged: 6, relabelled: 2, dropped: 4, added: 0 });
    expect(diff.classes).toEqual([
      { name: "a", before: 4, after: 4, relabelledTo: 1, relabelledFrom: 0, dropped: 1, added: 0 },
      { name: "b", before: 4, after: 1, relabelledTo: 0, relabelledFrom: 2, dropped: 1, added: 0 },
      { name: "c", before: 4, after: 3, relabelledTo: 1, relabelledFrom: 0, dropped: 2, added: 0 },
    ]);
    const first = await service.client.call("listDatasetDiffRows", {
      params: { id: versionId },
      query: { ...query, limit: 2 },
    });
    expect(first.data).toEqual([
      {
        change: "relabelled",
        ordinal: 1,
        againstOrdinal: 1,
        line: 3,
        text: "this is text number 1 of them all",
        before: "b",
        after: "a",
      },
      expect.objectContaining({ change: "dropped", ordinal: null, againstOrdinal: 2, after: null }),
    ]);
    const rest = await service.client.call("listDatasetDiffRows", {
      params: { id: versionId },
      query: { ...query, limit: 10, cursor: first.nextCursor as string },
    });
    expect(rest.data.map(({ againstOrdinal }) => againstOrdinal)).toEqual([3, 4, 10, 11]);
    const relabelled = await service.client.call("listDatasetDiffRows", {
      params: { id: versionId },
      query: { ...query, change: "relabelled" },
    });
    expect(relabelled.data).toHaveLength(2);
  });

  it("is compared with a version of itself, and with a sister, by the rows of the file", async () => {
    const sister = await makeVersion({ split: "relabelled", reviews: "ignore" });
    const { id } = await service.client.call("createDatasetIngest", {
      body: {
        name: "a sample of it",
        source: { type: "dataset", datasetId: versionId },
        sampling: { perClass: 1, seed: 3 },
      },
    });
    const sample = (await service.succeeded(id)).datasetId as string;
    expect(
      await service.client.call("getDatasetDiff", {
        params: { id: sample },
        query: { against: versionId },
      }),
    ).toMatchObject({ unchanged: 3, relabelled: 0, dropped: 5, added: 0 });
    expect(
      await service.client.call("getDatasetDiff", {
        params: { id: sister },
        query: { against: versionId },
      }),
    ).toMatchObject({ dropped: 0, added: 4, relabelled: 3 });
  });

  it("is not compared with a dataset of another file", async () => {
    const other = await pruneFile(service, CSV, FORMAT);
    await expect(
      service.client.call("getDatasetDiff", {
        params: { id: versionId },
        query: { against: other.datasetId },
      }),
    ).rejects.toMatchObject({ code: "invalid-parameters" });
  });
});

it("near-duplicates of a row are shown beside it, with their labels", async () => {
  const text = "the very same words of a rather long headline";
  const file = `text,label\n${text},a\n${text}!,b\nsomething else entirely here,b\nand again other words,a\n`;
  const { pruningId } = await pruneFile(service, file, { type: "csv" }, [0]);
  const { data } = await service.client.call("listReviewQueue", { params: { id: pruningId } });
  expect(data[0]?.nearDuplicates).toEqual([
    { ordinal: 1, line: 3, text: `${text}!`, label: "b", review: null },
  ]);
});

describe("a version that is trained in one call", () => {
  const ingest = (training: object, pruningId = pruned.pruningId) =>
    service.client.call("createDatasetIngest", {
      body: {
        name: "reviewed",
        source: { type: "pruning", pruningId, split: "relabelled" },
        training: training as never,
      },
    });

  it("becomes ready with its training queued, which goes on to a pruning of the version", async () => {
    const { id } = await ingest({ model: { kind: "quick" }, folds: 3, pruning: {} });
    const version = await service.succeeded(id);
    const { trainingJobId, crossValidationId } = version.result as Record<string, string>;
    expect(version).toMatchObject({ crossValidationId });
    const training = await service.succeeded(trainingJobId!);
    expect(training).toMatchObject({
      ...{ kind: "fold-training", datasetId: version.datasetId, crossValidationId },
    });
    const pruning = await service.succeeded(training.result?.pruningJobId as string);
    const { datasetId } = await service.client.call("getPruning", {
      params: { id: pruning.pruningId as string },
    });
    expect(datasetId).toBe(version.datasetId);
  });

  it("is there with its training or not at all", async () => {
    const before = await service.client.call("listJobs", { query: { kind: "fold-training" } });
    // More folds than the version has rows.
    const { id } = await ingest({ model: { kind: "quick" }, folds: 20 });
    const failed = await service.ended(id);
    expect(failed).toMatchObject({ state: "failed", error: { code: "folds-exceed-rows" } });
    const dataset = await service.client.call("getDataset", {
      params: { id: failed.datasetId as string },
    });
    expect(dataset.state).toBe("failed");
    const after = await service.client.call("listJobs", { query: { kind: "fold-training" } });
    expect(after.data.map((job) => job.id)).toEqual(before.data.map((job) => job.id));
  });

  it("is refused at once where its training can be seen to fail, by its place", async () => {
    const refused = (training: object) =>
      ingest(training).then(
        () => expect.unreachable("the request was taken"),
        (error: unknown) => (error as { problem: { errors?: { pointer: string }[] } }).problem,
      );
    const { errors } = await refused({ model: { kind: "quick" }, training: { epochs: 3 } });
    expect(errors?.[0]?.pointer).toBe("/training/training/epochs");
    const softTargets = { type: "pruning", pruningId: pruned.pruningId };
    const soft = await refused({ model: { kind: "linear" }, training: { softTargets } });
    expect(soft.errors?.[0]?.pointer).toBe("/training/training/softTargets");
  });
});
