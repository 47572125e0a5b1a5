import { DatasetIngestParams } from "@winnow/contracts";
import type { SampleRow } from "@winnow/copy-rows";
import {
  classNames,
  createDatasetIngest,
  deleteDataset,
  readDataset,
  readProfile,
  readSampleRows,
  withTransaction,
} from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ended, makeCsv, postIngest, postTraining, succeeded } from "../../support/jobs.js";
import {
  openWorkerFixture,
  type WorkerFixture,
  type WorkerProcess,
} from "../../support/worker-fixture.js";

const ROWS = 3000;
const NAMES = ["class-0", "class-1", "class-2"];

let fixture: WorkerFixture;
let worker: WorkerProcess;
let parentId: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  worker = await fixture.startWorker();
  parentId = await datasetOf(await postIngest(fixture, makeCsv(ROWS)));
});

afterAll(async () => {
  await fixture.close();
});

async function datasetOf(jobId: string): Promise<string> {
  return (await succeeded(fixture.store, jobId)).datasetId as string;
}

function postDerived(options: object, datasetId = parentId): Promise<string> {
  const params = DatasetIngestParams.parse({
    name: "derived",
    source: { type: "dataset", datasetId },
    ...options,
  });
  return withTransaction(fixture.store, (tx) => createDatasetIngest(tx, params));
}

async function samplesOf(datasetId: string): Promise<SampleRow[]> {
  const samples: SampleRow[] = [];
  for await (const batch of readSampleRows(fixture.store, datasetId)) samples.push(...batch);
  return samples;
}

describe("a dataset derived from another", () => {
  it("keeps the given number of rows per class, the same for the same seed, and names its parent", async () => {
    const sampling = { perClass: 100, seed: 4 };
    const datasetId = await datasetOf(await postDerived({ sampling }));
    expect(await readDataset(fixture.store, datasetId)).toMatchObject({
      rows: 300,
      rejected: 0,
      classes: 3,
      parentId,
      sha256: null,
      hasTrueLabels: true,
    });
    expect(await classNames(fixture.store, datasetId)).toEqual(
      await classNames(fixture.store, parentId),
    );
    const [parent, samples] = [await samplesOf(parentId), await samplesOf(datasetId)];
    expect(samples.map(({ ordinal }) => ordinal)).toEqual([...samples.keys()]);
    const byId = new Map(parent.map((row) => [row.externalId, row]));
    for (const { ordinal: _, ...sample } of samples) {
      expect(byId.get(sample.externalId)).toMatchObject(sample);
    }
    const profile = await readProfile(fixture.store, datasetId);
    expect(profile).toMatchObject({
      rowsRead: ROWS,
      kept: 300,
      rejected: [{ reason: "not-sampled", count: ROWS - 300 }],
    });
    expect(profile.classHistogram.map(({ count }) => count)).toEqual([100, 100, 100]);
    const again = await datasetOf(await postDerived({ sampling }));
    expect(await samplesOf(again)).toEqual(samples);
  });

  it("keeps the first of repeated texts, also when it is derived twice", async () => {
    const whole = await samplesOf(parentId);
    const texts = new Set(whole.map(({ text }) => text));
    expect(texts.size).toBeLessThan(ROWS);
    const child = await datasetOf(await postDerived({ duplicates: "first" }));
    expect((await samplesOf(child)).map(({ text }) => text)).toEqual([...texts]);
    const grandchild = await datasetOf(
      await postDerived({ sampling: { perClass: 10, seed: 1 } }, child),
    );
    expect(await readDataset(fixture.store, grandchild)).toMatchObject({
      rows: 30,
      parentId: child,
    });
  });

  it("has noise by class names, with the true labels apart, and its profile says so", async () => {
    const pairs = [
      { from: "class-0", to: "class-2" },
      { from: "class-1", to: "class-2" },
    ];
    const noise = { type: "pair", rate: 0.25, pairs, seed: 9 };
    const datasetId = await datasetOf(await postDerived({ noise }));
    const [parent, samples] = [await samplesOf(parentId), await samplesOf(datasetId)];
    const joint = NAMES.map(() => NAMES.map(() => 0));
    samples.forEach((sample, i) => {
      expect(sample.text).toBe(parent[i]?.text);
      expect(sample.trueClassIndex).toBe(parent[i]?.trueClassIndex);
      const row = joint[sample.trueClassIndex as number]!;
      row[sample.classIndex] = row[sample.classIndex]! + 1;
    });
    const counts = joint.map((row) => row.reduce((sum, n) => sum + n, 0));
    expect(joint[2]).toEqual([0, 0, counts[2]]);
    for (const c of [0, 1]) {
      expect(Math.abs(joint[c]![2]! - 0.25 * counts[c]!)).toBeLessThan(1);
    }
    const profile = await readProfile(fixture.store, datasetId);
    const changed = joint[0]![2]! + joint[1]![2]!;
    expect(profile.noise).toEqual({
      type: "pair",
      seed: 9,
      rows: ROWS,
      changed,
      joint,
      pairs: pairs
        .map((pair, c) => ({ ...pair, count: joint[c]![2]! }))
        .sort((a, b) => b.count - a.count),
    });
  });

  it("trains like any other when it has noise", async () => {
    const noise = { type: "symmetric", rate: 0.2, seed: 2 };
    const datasetId = await datasetOf(
      await postDerived({ noise, sampling: { perClass: 40, seed: 1 } }),
    );
    const jobId = await postTraining(fixture.store, datasetId, { folds: 2, pruning: {} });
    const job = await succeeded(fixture.store, jobId);
    const pruned = await succeeded(fixture.store, job.result?.pruningJobId as string);
    const { noise: made } = await readProfile(fixture.store, datasetId);
    const { changed } = made as { changed: number };
    expect(changed).toBeGreaterThan(20);
    expect(pruned.result?.truth).toMatchObject({ rows: 120, errors: changed });
  });
});

describe("a derivation that cannot be made", () => {
  it.each([
    [
      "a noise between classes that are not there",
      { noise: { type: "pair", rate: 0.1, pairs: [{ from: "class-0", to: "nowhere" }] } },
      { code: "invalid-parameters", errors: [{ pointer: "/noise/pairs/0/to" }] },
    ],
    [
      "a noise of too few rates",
      { noise: { type: "by-class", rates: [0.1, 0.2] } },
      { code: "invalid-parameters" },
    ],
    [
      "a label policy that reads fields",
      { labels: { level: 1 } },
      { code: "invalid-parameters", errors: [{ pointer: "/labels" }] },
    ],
    [
      "a label policy that joins classes",
      { labels: { normalizeLabels: true } },
      { code: "invalid-parameters", errors: [{ pointer: "/labels" }] },
    ],
    ["no class large enough", { labels: { minPerClass: 5000 } }, { code: "no-rows-kept" }],
  ])("%s fails the job and leaves nothing", async (_, options, error) => {
    const job = await ended(fixture.store, await postDerived(options));
    expect(job).toMatchObject({ state: "failed", attempt: 1, error });
    const dataset = await readDataset(fixture.store, job.datasetId as string);
    expect(dataset).toMatchObject({ state: "failed", rows: null });
  });

  it("keeps its parent from deletion while it runs", async () => {
    const parent = await datasetOf(await postDerived({ sampling: { perClass: 5, seed: 1 } }));
    await worker.stop();
    const jobId = await postDerived({}, parent);
    await expect(deleteDataset(fixture.store, parent)).rejects.toMatchObject({
      code: "dataset-in-use",
      message: expect.stringContaining(jobId),
    });
    worker = await fixture.startWorker();
    await succeeded(fixture.store, jobId);
    await deleteDataset(fixture.store, parent);
  });
});
