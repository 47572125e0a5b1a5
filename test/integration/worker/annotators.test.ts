import type { DatasetFormat, Sample } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Crowd, longCsv, makeCrowd, wideCsv } from "../../support/crowd.js";
import { exportedFile, pruneDataset } from "../../support/pruned-file.js";
import { openService, type TestService } from "../../support/service.js";
import { ingestCsv, train } from "../../support/service-steps.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 360_000 });

const ROWS = 900;
/** Three good annotators, and one who guesses. */
const CROWD = makeCrowd(ROWS, [0.9, 0.85, 0.8, 0.34]);
const WIDE = {
  type: "csv",
  idColumn: "id",
  trueLabelColumn: "truth",
  annotatorColumns: [...CROWD.annotators],
} satisfies DatasetFormat;
const LONG = {
  type: "csv",
  idColumn: "id",
  trueLabelColumn: "truth",
  annotatorColumn: "worker",
} satisfies DatasetFormat;

let service: TestService;
let wideId: string;
let runId: string;

beforeAll(async () => {
  service = await openService();
  wideId = await ingestCsv(service, wideCsv(CROWD), WIDE);
  runId = (await train(service, wideId, { model: { kind: "quick" }, folds: 5 })).id;
});
afterAll(() => service.close());

const profileOf = (id: string) => service.client.call("getDatasetProfile", { params: { id } });
const datasetOf = (id: string) => service.client.call("getDataset", { params: { id } });

async function samplesOf(id: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  let cursor: string | undefined;
  do {
    const page = await service.client.call("listSamples", {
      params: { id },
      query: { limit: 1000, ...(cursor && { cursor }) },
    });
    samples.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return samples;
}

async function derive(body: object): Promise<string> {
  const job = await service.client.call("createDatasetIngest", {
    body: { name: "derived", ...body } as never,
  });
  return (await service.succeeded(job.id)).datasetId as string;
}

const accuracyOf = (samples: readonly Sample[]): number =>
  samples.filter(({ label, trueLabel }) => label === trueLabel).length / samples.length;

/** What people gave, as samples say it. */
const votesOf = ({ annotators, labels }: Crowd, row: number) =>
  annotators.flatMap((annotator, j) => {
    const label = labels[row]![j]!;
    return label === "" ? [] : [{ annotator, label }];
  });

describe("a dataset of several annotators", () => {
  it("keeps who gave which row which label, and has the label that most gave", async () => {
    const samples = await samplesOf(wideId);
    expect(samples).toHaveLength(ROWS);
    for (const { ordinal, votes, label } of samples) {
      expect(votes).toEqual(votesOf(CROWD, ordinal));
      const count = (name: string) => votes.filter((vote) => vote.label === name).length;
      expect(Math.max(...CROWD.classes.map(count))).toBe(count(label));
    }
    expect(await datasetOf(wideId)).toMatchObject({ annotators: 4, consensus: null });
  });

  it("says in its profile how far they agree", async () => {
    const { annotators: profile } = await profileOf(wideId);
    const votes = CROWD.labels.flat().filter((label) => label !== "").length;
    const several = CROWD.labels.filter((row) => row.filter((one) => one !== "").length > 1);
    expect(profile).toMatchObject({ votes, severalVotes: several.length });
    const differing = several.filter((row) => new Set(row.filter((one) => one !== "")).size > 1);
    expect(profile!.disagreeing).toBe(differing.length);
    expect(profile!.alpha).toBeGreaterThan(0.2);
    const [first, , , guesser] = profile!.annotators;
    expect(guesser!.agreementWithOthers).toBeLessThan(first!.agreementWithOthers! - 0.2);
    expect(profile!.pairs[0]!.count).toBeGreaterThan(0);
  });

  it("is the same from a file with a row for each label, in any order", async () => {
    const longId = await ingestCsv(service, longCsv(CROWD), LONG);
    const byId = new Map((await samplesOf(wideId)).map((row) => [row.externalId, row]));
    const sorted = (votes: Sample["votes"]) =>
      [...votes].sort((a, b) => (a.annotator < b.annotator ? -1 : 1));
    const long = await samplesOf(longId);
    expect(long).toHaveLength(ROWS);
    for (const { externalId, text, votes, label } of long) {
      const wide = byId.get(externalId)!;
      expect([text, sorted(votes), label]).toEqual([wide.text, sorted(wide.votes), wide.label]);
    }
    const { annotators } = await profileOf(longId);
    expect(annotators).toMatchObject({ votes: (await profileOf(wideId)).annotators!.votes });
  });

  it("exports keep the labels of all", async () => {
    const longId = await ingestCsv(service, longCsv(CROWD), LONG);
    for (const id of [wideId, longId]) {
      const { pruningId, samples } = await pruneDataset(service, id, [0, 1]);
      const lines = (await exportedFile(service, pruningId, { split: "all" })).toString();
      const rows = lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(rows).toHaveLength(ROWS);
      for (const { ordinal, votes } of rows) {
        const own = samples[ordinal]!.votes.map((vote) => [vote.annotator, vote.label]);
        expect(votes).toEqual(Object.fromEntries(own));
      }
    }
  });
});

describe("the consensus of annotators and a cross-validation", () => {
  let agreedId: string;
  beforeAll(async () => {
    agreedId = await derive({ source: { type: "consensus", crossValidationId: runId } });
  });

  it("is a dataset whose labels are right more often than the majority's", async () => {
    const [before, after] = [await samplesOf(wideId), await samplesOf(agreedId)];
    expect(after.map(({ votes }) => votes)).toEqual(before.map(({ votes }) => votes));
    expect(accuracyOf(after)).toBeGreaterThan(accuracyOf(before) + 0.05);
    for (const { labelQuality } of after) {
      expect(labelQuality).toBeGreaterThan(1 / CROWD.classes.length);
      expect(labelQuality).toBeLessThanOrEqual(1);
    }
    expect(before.every(({ labelQuality }) => labelQuality === null)).toBe(true);
    expect(await datasetOf(agreedId)).toMatchObject({
      parentId: wideId,
      annotators: 4,
      consensus: { crossValidationId: runId, reviews: "follow" },
    });
  });

  it("says how good each annotator is, and which class suffers", async () => {
    const { annotators: profile } = await profileOf(agreedId);
    const qualities = profile!.annotators.map(({ quality }) => quality!);
    expect(Math.min(...qualities)).toBe(qualities[3]);
    expect(profile!.annotators.every(({ worstClass }) => CROWD.classes.includes(worstClass!))).toBe(
      true,
    );
    const [before, after] = [await samplesOf(wideId), await samplesOf(agreedId)];
    const changed = after.filter(({ label }, i) => label !== before[i]!.label).length;
    expect(profile!.consensus).toMatchObject({
      crossValidationId: runId,
      changed,
      reviewers: null,
    });
  });

  it("trains and is pruned like any other", async () => {
    const { job } = await train(service, agreedId, {
      model: { kind: "quick" },
      folds: 5,
      pruning: {},
    });
    const pruned = await service.succeeded(job.result?.pruningJobId as string);
    expect(pruned.pruningId).toMatch(/^pr_/);
  });

  it("counts reviews as one more annotator, and leaves out what was dropped", async () => {
    const samples = await samplesOf(agreedId);
    const before = await samplesOf(wideId);
    // Kept against what the model and the others say.
    const kept = samples.find((row) => row.label !== before[row.ordinal]!.label)!;
    const reviewed = before.filter(({ ordinal }) => ordinal > 0 && ordinal < 60);
    await service.client.call("createReviews", {
      params: { id: wideId },
      body: {
        type: "rows",
        reviews: [
          { ordinal: 0, verdict: "drop" },
          ...reviewed
            .filter(({ ordinal }) => ordinal !== kept.ordinal)
            .map(({ ordinal, label, trueLabel }) =>
              label === trueLabel
                ? { ordinal, verdict: "keep" as const }
                : { ordinal, verdict: "relabel" as const, label: trueLabel! },
            ),
          { ordinal: kept.ordinal, verdict: "keep" },
        ],
      },
    });
    const id = await derive({ source: { type: "consensus", crossValidationId: runId } });
    const { annotators: profile } = await profileOf(id);
    const { reviewers } = profile!.consensus!;
    expect(profile!.annotators).toHaveLength(4);
    expect(reviewers!.votes).toBe(reviewed.length + Number(kept.ordinal >= 60));
    expect(reviewers!.quality).toBeGreaterThan(profile!.annotators[3]!.quality!);
    const after = await samplesOf(id);
    expect(after).toHaveLength(ROWS - 1);
    const byId = new Map(after.map((row) => [row.externalId, row]));
    const surer = samples.filter(
      (row) => byId.get(row.externalId)?.labelQuality !== row.labelQuality,
    );
    expect(surer.length).toBeGreaterThan(50);
    // The person saw another label than the row has now, and still wants that one.
    const { data } = await service.client.call("listReviews", { params: { id } });
    const own = data.find(({ ordinal }) => after[ordinal]!.externalId === kept.externalId)!;
    const isSame = after[own.ordinal]!.label === before[kept.ordinal]!.label;
    expect(own).toMatchObject(
      isSame ? { verdict: "keep" } : { verdict: "relabel", label: before[kept.ordinal]!.label },
    );
    const ignored = await derive({
      source: { type: "consensus", crossValidationId: runId, reviews: "ignore" },
    });
    expect((await samplesOf(ignored)).map(({ label }) => label)).toEqual(
      samples.map(({ label }) => label),
    );
  });
});

describe("noise from annotators", () => {
  it("gives rows labels that somebody really gave instead", async () => {
    const id = await derive({
      source: { type: "dataset", datasetId: wideId },
      noise: { type: "annotators", rate: 0.1, seed: 3 },
    });
    const before = await samplesOf(wideId);
    const after = await samplesOf(id);
    const changed = after.filter(({ label, trueLabel }) => label !== trueLabel);
    expect(changed).toHaveLength(ROWS / 10);
    for (const { ordinal, label } of changed) {
      expect(before[ordinal]!.votes.map((vote) => vote.label)).toContain(label);
    }
  });

  it("is a kind of an experiment, which runs once a seed", async () => {
    const job = await service.client.call("createExperiment", {
      body: {
        datasetId: wideId,
        noises: [{ type: "annotators" }],
        seeds: [1, 2],
        model: { kind: "quick" },
        folds: 3,
      },
    });
    await service.succeeded(job.id);
    const { cells } = await service.client.call("getExperiment", { params: { id: job.id } });
    expect(cells.map(({ type, rate }) => [type, rate])).toEqual([
      ["annotators", null],
      ["annotators", null],
    ]);
    for (const { figures } of cells) {
      expect(figures![0]!.errors).toBeGreaterThan(ROWS / 10);
      expect(figures![0]!.precision).toBeGreaterThan(0.5);
    }
  });
});

describe("what several annotators cannot be", () => {
  const failure = async (csv: string, format: object) => {
    const uploadId = await service.upload(csv);
    const { id } = await service.client.call("createDatasetIngest", {
      body: { name: "bad", source: { type: "upload", uploadId }, format } as never,
    });
    return (await service.ended(id)).error;
  };
  const CSV = "id,text,ann,bob\n1,one text,a,b\n2,another text,b,b\n3,a third one,a,a\n";

  it("a column that is not there, twice the same, or an id that is missing, is named", async () => {
    const base = { type: "csv", idColumn: "id" };
    expect(await failure(CSV, { ...base, annotatorColumns: ["ann", "dan"] })).toMatchObject({
      code: "column-not-found",
      detail: expect.stringContaining('no column "dan"'),
    });
    expect(await failure(CSV, { ...base, annotatorColumns: ["ann", "ann"] })).toMatchObject({
      code: "invalid-parameters",
      detail: expect.stringContaining("twice"),
    });
    expect(await failure(CSV, { type: "csv", annotatorColumn: "ann" })).toMatchObject({
      detail: expect.stringContaining("idColumn"),
    });
  });

  it("annotators who share no row, and rows of one label, allow no consensus", async () => {
    const apart =
      "id,text,worker,label\n1,one text,x,a\n2,another,y,b\n3,a third,x,b\n4,more,y,a\n";
    const format = { ...LONG, trueLabelColumn: undefined } as DatasetFormat;
    const id = await ingestCsv(service, apart, format);
    expect((await profileOf(id)).warnings).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: "no-overlap" })]),
    );
    const run = await train(service, id, { model: { kind: "quick" }, folds: 2 });
    const derived = derive({ source: { type: "consensus", crossValidationId: run.id } });
    await expect(derived).rejects.toMatchObject({ code: "invalid-parameters" });
    const plain = await ingestCsv(service);
    const other = await train(service, plain, { model: { kind: "quick" }, folds: 2 });
    await expect(
      derive({ source: { type: "consensus", crossValidationId: other.id } }),
    ).rejects.toThrow(/one label a row/);
  });

  it("a thousand annotators are fine", async () => {
    const people = Array.from({ length: 1000 }, (_, j) => `w${j}`);
    const lines = Array.from({ length: 300 }, (_, i) => {
      const cells = people.map((_, j) => ((i + j) % 100 === 0 ? `class ${i % 2}` : ""));
      return [`text number ${i}`, ...cells].join(",");
    });
    const csv = `${[["text", ...people].join(","), ...lines].join("\n")}\n`;
    const id = await ingestCsv(service, csv, { type: "csv", annotatorColumns: people });
    expect(await datasetOf(id)).toMatchObject({ annotators: 1000, rows: 300 });
    expect((await profileOf(id)).annotators!.votes).toBe(3000);
  });
});
