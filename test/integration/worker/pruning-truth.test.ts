import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { npyHeader } from "@winnow/npy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededDraws } from "../../support/draws.js";
import { openService, type TestService } from "../../support/service.js";

const ROWS = 600;
const K = 4;
const NAMES = ["a/1", "a/2", "b/1", "b/2"];

let service: TestService;
let datasetId: string;
let crossValidationId: string;
/** The uploaded labels; -1: the row has no true label. */
const given: number[] = [];
const truth: number[] = [];
const probs = new Float32Array(ROWS * K);

beforeAll(async () => {
  service = await openService();
  makeRows();
  datasetId = await ingest();
  crossValidationId = await importProbabilities();
});

afterAll(() => service.close());

/** Labels in the order of first appearance, a third of them wrong; probabilities with many ties. */
function makeRows(): void {
  const below = seededDraws(41);
  for (let i = 0; i < ROWS; i++) {
    const label = i < K ? i : below(K);
    const wrong = i >= K && below(3) === 0;
    given.push(label);
    truth.push(i % 11 === 10 ? -1 : wrong ? (label + 1 + below(K - 1)) % K : label);
    const top = below(4) === 0 ? below(K) : Math.max(0, truth[i]!);
    const height = 3 + below(4);
    for (let c = 0; c < K; c++) probs[i * K + c] = (c === top ? height : 1) / (height + K - 1);
  }
}

async function ingest(): Promise<string> {
  const lines = given.map((label, i) => {
    const known = truth[i]!;
    return `text ${i},${NAMES[label]},${known === -1 ? "" : NAMES[known]}`;
  });
  const uploadId = await service.upload(`text,label,truth\n${lines.join("\n")}\n`);
  const { id: jobId } = await service.client.call("createDatasetIngest", {
    body: {
      name: "with true labels",
      source: { type: "upload", uploadId },
      format: { type: "csv", trueLabelColumn: "truth" },
    },
  });
  return (await service.succeeded(jobId)).datasetId as string;
}

async function importProbabilities(): Promise<string> {
  const npy = Buffer.concat([
    npyHeader({ dtype: "float32", shape: [ROWS, K] }),
    Buffer.from(probs.buffer),
  ]);
  const folds = Buffer.concat([
    npyHeader({ dtype: "int32", shape: [ROWS] }),
    Buffer.from(Int32Array.from(given, (_, i) => i % 3).buffer),
  ]);
  const { id } = await service.client.call("createProbabilityImport", {
    body: {
      datasetId,
      probabilitiesUploadId: await service.upload(npy),
      foldsUploadId: await service.upload(folds),
    },
  });
  return (await service.succeeded(id)).crossValidationId as string;
}

async function pruned(options: { scope?: "dataset" | "fold"; semantics?: "cleanlab-2" }) {
  const { id } = await service.client.call("createPruning", {
    body: { crossValidationId, ...options },
  });
  const job = await service.succeeded(id);
  const params = { id: job.pruningId as string };
  const { report } = await service.client.call("getPruning", { params });
  if (!report?.truth) throw new Error("the report says nothing of the true labels");
  const joint = await service.client.call("getJoint", { params });
  const classes = await service.client.call("listPruningClasses", { params });
  const flags = await service.client.call("listFlags", { params, query: { limit: 1000 } });
  return { job, report, truth: report.truth, joint, classes: classes.data, flags: flags.data };
}

/** By the definition, row by row: precision among all rows with its score or a higher one. */
function averagePrecision(rows: readonly number[], suspicion: (row: number) => number): number {
  const wrong = rows.filter((i) => truth[i] !== given[i]);
  const precisions = wrong.map((i) => {
    const above = rows.filter((other) => suspicion(other) >= suspicion(i));
    return above.filter((other) => truth[other] !== given[other]).length / above.length;
  });
  return precisions.reduce((sum, one) => sum + one, 0) / wrong.length;
}

const largestOther = (row: number): number =>
  Math.max(...NAMES.map((_, c) => (c === given[row] ? 0 : probs[row * K + c]!)));

const marginOf = (row: number): number => largestOther(row) - probs[row * K + given[row]!]!;

const known = () => truth.flatMap((label, i) => (label === -1 ? [] : [i]));

describe("a pruning of a dataset with true labels", () => {
  it.each(["dataset", "fold"] as const)(
    "reports what the flags and the ranking are worth (scope %s)",
    async (scope) => {
      const { truth: found, flags, joint, classes } = await pruned({ scope });
      const rows = known();
      const errors = rows.filter((i) => truth[i] !== given[i]);
      expect(found).toMatchObject({
        rows: rows.length,
        errors: errors.length,
        noiseRate: errors.length / rows.length,
      });
      const flagged = flags.map((flag) => flag.ordinal).filter((i) => truth[i] !== -1);
      const hits = flagged.filter((i) => truth[i] !== given[i]).length;
      expect(hits).toBeGreaterThan(20);
      expect(found.precision).toBeCloseTo(hits / flagged.length, 12);
      expect(found.recall).toBeCloseTo(hits / errors.length, 12);
      expect(found.f1).toBeCloseTo((2 * hits) / (flagged.length + errors.length), 12);
      const byMargin = averagePrecision(rows, marginOf);
      expect(byMargin).toBeGreaterThan(0.5);
      expect(found.averagePrecision?.normalizedMargin).toBeCloseTo(byMargin, 10);
      if (scope === "dataset") {
        expect(found.averagePrecision?.errorOdds).toBeGreaterThan(0.5);
        const odds = flags.map(({ errorOdds }) => errorOdds ?? Number.NaN);
        expect(odds).toEqual([...odds].sort((a, b) => b - a));
      }

      const trueJoint = NAMES.map((_, g) =>
        NAMES.map(
          (_, j) => rows.filter((i) => given[i] === g && truth[i] === j).length / rows.length,
        ),
      );
      let distance = 0;
      joint.joint.forEach((row, g) => {
        row.forEach((share, j) => {
          const real = trueJoint[g]![j]!;
          expect(joint.trueJoint?.[g]?.[j]).toBeCloseTo(real, 12);
          distance += Math.abs(share - real) / 2;
        });
      });
      expect(found.totalVariation).toBeCloseTo(distance, 12);
      expect(classes.map(({ name }) => name).sort()).toEqual(NAMES);
      for (const { index, trueLabelNoise, trueInverseLabelNoise } of classes) {
        const own = rows.filter((i) => given[i] === index);
        const real = rows.filter((i) => truth[i] === index);
        const noise = own.filter((i) => truth[i] !== index).length / own.length;
        const inverse = real.filter((i) => given[i] !== index).length / real.length;
        expect(trueLabelNoise).toBeCloseTo(noise, 12);
        expect(trueInverseLabelNoise).toBeCloseTo(inverse, 12);
      }
    },
  );

  it("ranks by the posterior of its own joint, over all rows", async () => {
    const { truth: found, joint, job } = await pruned({ semantics: "cleanlab-2" });
    // The posterior is computed from the calibrated joint of cleanlab 2.
    const columns = NAMES.map((_, j) =>
      joint.confidentJoint.reduce((sum, row) => sum + row[j]!, 0),
    );
    const doubt = (row: number) => {
      const weights = NAMES.map((_, j) => {
        const count = joint.confidentJoint[given[row]!]![j]!;
        return (probs[row * K + j]! * count) / columns[j]!;
      });
      const sum = weights.reduce((a, b) => a + b, 0);
      // Sums of the same numbers may differ in the last bits: rounding restores the ties.
      return Number((1 - weights[given[row]!]! / sum).toPrecision(10));
    };
    expect(found.averagePrecision?.posterior).toBeCloseTo(averagePrecision(known(), doubt), 6);
    expect(job.result?.truth).toEqual(found);
  });

  it("without true labels every figure of them is absent", async () => {
    const uploadId = await service.upload(
      `text,label\n${given.map((l, i) => `t${i},${l}`).join("\n")}\n`,
    );
    const { id: ingestId } = await service.client.call("createDatasetIngest", {
      body: {
        name: "plain",
        source: { type: "upload", uploadId },
        format: { type: "csv" },
      },
    });
    const plain = (await service.succeeded(ingestId)).datasetId as string;
    const npy = [npyHeader({ dtype: "float32", shape: [ROWS, K] }), Buffer.from(probs.buffer)];
    const { id: importId } = await service.client.call("createProbabilityImport", {
      body: {
        datasetId: plain,
        probabilitiesUploadId: await service.upload(Buffer.concat(npy)),
        pruning: {},
      },
    });
    const imported = await service.succeeded(importId);
    const job = await service.succeeded(imported.result?.pruningJobId as string);
    const params = { id: job.pruningId as string };
    expect(job.result?.truth).toBeNull();
    expect((await service.client.call("getPruning", { params })).report?.truth).toBeNull();
    expect((await service.client.call("getJoint", { params })).trueJoint).toBeNull();
    const classes = await service.client.call("listPruningClasses", { params });
    expect(classes.data.map((one) => one.trueLabelNoise)).toEqual(NAMES.map(() => null));
  });
});

describe("a pruning that names the reference's semantics and order", () => {
  const GOLDEN = new URL(
    "../../golden/confident-learning/s04_k10_n1000_f32.json.gz",
    import.meta.url,
  );

  it("flags the rows that cleanlab 1.0.1 flagged, in its order", async () => {
    const recorded = JSON.parse(gunzipSync(readFileSync(GOLDEN)).toString());
    const labels: number[] = recorded.labels;
    const expected: number[] = recorded.v1["ranked/prune_by_noise_rate/normalized_margin"];
    const lines = labels.map((label, i) => `title ${i},class ${label}`);
    const { id: ingestId } = await service.client.call("createDatasetIngest", {
      body: {
        name: "recorded",
        source: {
          type: "upload",
          uploadId: await service.upload(`text,label\n${lines.join("\n")}\n`),
        },
        format: { type: "csv" },
      },
    });
    const own = (await service.succeeded(ingestId)).datasetId as string;
    const npy = [
      npyHeader({ dtype: "float32", shape: [recorded.n, recorded.k] }),
      Buffer.from(recorded.pred_probs.base64, "base64"),
    ];
    const { id: importId } = await service.client.call("createProbabilityImport", {
      body: {
        datasetId: own,
        probabilitiesUploadId: await service.upload(Buffer.concat(npy)),
        classes: Array.from({ length: recorded.k }, (_, c) => `class ${c}`),
        pruning: { semantics: "cleanlab-1.0.1", order: "normalized_margin" },
      },
    });
    const imported = await service.succeeded(importId);
    const { pruningId } = await service.succeeded(imported.result?.pruningJobId as string);
    const flags = await service.client.call("listFlags", {
      params: { id: pruningId as string },
      query: { limit: 1000 },
    });
    expect(flags.data.map(({ ordinal }) => ordinal)).toEqual(expected);
  });
});
