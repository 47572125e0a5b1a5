import type { EXPORT_FORMATS } from "@winnow/contracts";
import { type DatasetFormat, readWhole } from "@winnow/corpus";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { makeSamples, predictionsFor, seedPruning } from "../../support/seed-data.js";

const ROWS = 1_234;
const CLASSES = 5;
const FOLDS = 3;
/** P(given, true) as counts: most labels are right, some of class 0 belong to class 3. */
const joint = Array.from({ length: CLASSES }, (_, given) =>
  Array.from({ length: CLASSES }, (_, truth) => {
    if (given === truth) return 200;
    return given === 0 && truth === 3 ? 60 : truth === (given + 1) % CLASSES ? 20 : 0;
  }),
);
const samples = makeSamples(ROWS, CLASSES);
const isFlagged = (ordinal: number) => ordinal % 7 === 0;
const suggestedOf = (ordinal: number) => `class-${(ordinal + 1) % CLASSES}`;

let api: TestApi;
let seeded: Awaited<ReturnType<typeof seedPruning>>;

beforeAll(async () => {
  api = await openTestApi();
  seeded = await seedPruning(api.store, ROWS, CLASSES, FOLDS);
  await poolOf(api.store).query(
    "UPDATE prunings SET matrices = matrices || jsonb_build_object('posteriorJoint', $2::jsonb) WHERE id = $1",
    [seeded.pruningId, JSON.stringify(joint)],
  );
});
afterAll(() => api.close());

type Format = (typeof EXPORT_FORMATS)[number];
const fetchExport = (split: string, format: Format, pruningId = seeded.pruningId) =>
  api.app.inject(`/v1/prunings/${pruningId}/export?split=${split}&format=${format}`);

/** The exported file as an ingest reads it back. */
async function readBack(split: string, format: Format) {
  const answer = await fetchExport(split, format);
  expect(answer.statusCode).toBe(200);
  const whole = await readWhole(answer.rawPayload, { format: FORMATS[format] });
  expect(whole.rejects).toEqual([]);
  return whole.samples.map(({ externalId, text, classIndex }) => ({
    id: externalId,
    text,
    label: whole.classes[classIndex]?.name,
  }));
}

const NAMED = { textColumn: "text", labelColumn: "label", idColumn: "id" };
const FORMATS: Record<Format, DatasetFormat> = {
  jsonl: { type: "jsonl", ...NAMED },
  json: { type: "json", ...NAMED },
  csv: { type: "csv", ...NAMED },
  tsv: { type: "tsv", ...NAMED },
  parquet: { type: "parquet", ...NAMED },
  "toutiao-multilevel": { type: "toutiao-multilevel" },
  toutiao: { type: "toutiao" },
  fasttext: { type: "fasttext" },
};
const ALL_FORMATS = Object.keys(FORMATS) as Format[];

describe("every format", () => {
  it.each(ALL_FORMATS)("%s can be ingested again, row by row", async (format) => {
    for (const split of ["all", "cleaned", "noise"] as const) {
      const wanted = samples.filter(
        ({ ordinal }) => split === "all" || isFlagged(ordinal) === (split === "noise"),
      );
      expect(await readBack(split, format)).toEqual(
        wanted.map(({ externalId, text, classIndex }) => ({
          id: format === "fasttext" ? null : externalId,
          text,
          label: `class-${classIndex}`,
        })),
      );
    }
  });

  it.each([
    ["jsonl", "jsonl", "application/x-ndjson; charset=utf-8"],
    ["json", "json", "application/json; charset=utf-8"],
    ["csv", "csv", "text/csv; charset=utf-8; header=present"],
    ["tsv", "tsv", "text/tab-separated-values; charset=utf-8; header=present"],
    ["parquet", "parquet", "application/vnd.apache.parquet"],
    ["toutiao-multilevel", "txt", "text/plain; charset=utf-8"],
    ["toutiao", "txt", "text/plain; charset=utf-8"],
    ["fasttext", "txt", "text/plain; charset=utf-8"],
  ] as const)("%s says what it is", async (format, extension, type) => {
    const { headers } = await fetchExport("cleaned", format);
    expect(headers["content-type"]).toBe(type);
    expect(headers["content-disposition"]).toBe(
      `attachment; filename="winnow-${seeded.pruningId}-cleaned.${extension}"`,
    );
  });

  it("parquet has the extra columns of the other tables", async () => {
    const { rawPayload } = await fetchExport("all", "parquet");
    const whole = await readWhole(rawPayload, {
      format: { type: "parquet", textColumn: "suggested", labelColumn: "label" },
    });
    expect(whole.samples.map(({ text }) => text)).toEqual(
      samples.filter((s) => isFlagged(s.ordinal)).map((s) => suggestedOf(s.ordinal)),
    );
  });
});

describe("relabelled", () => {
  it.each(ALL_FORMATS)("has the suggested label where a row is flagged, in %s", async (format) => {
    expect((await readBack("relabelled", format)).map(({ label }) => label)).toEqual(
      samples.map((s) => (isFlagged(s.ordinal) ? suggestedOf(s.ordinal) : `class-${s.classIndex}`)),
    );
  });

  it("keeps the label that was given", async () => {
    const { body } = await fetchExport("relabelled", "jsonl");
    expect(recordsOf(body).map((record) => record.given)).toEqual(
      samples.map((s) => `class-${s.classIndex}`),
    );
  });
});

describe("soft", () => {
  it("has the posterior of the true class, most likely first, beside the given label", async () => {
    const { body } = await fetchExport("soft", "jsonl");
    const records = recordsOf(body);
    expect(records).toHaveLength(ROWS);
    for (const [ordinal, record] of records.entries()) {
      expect(record.label).toBe(`class-${ordinal % CLASSES}`);
      const soft = record.soft as { label: string; probability: number }[];
      const wanted = posteriorOf(ordinal);
      expect(soft.map(({ label }) => label)).toEqual(wanted.map(({ label }) => label));
      for (const [i, { probability }] of soft.entries()) {
        expect(probability).toBeCloseTo(wanted[i]?.probability as number, 12);
      }
      expect(soft.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
    }
  });

  it("is a column of JSON in tables", async () => {
    const wanted = recordsOf((await fetchExport("soft", "jsonl")).body).map(({ soft }) => soft);
    for (const format of ["csv", "tsv", "parquet"] as const) {
      const { rawPayload } = await fetchExport("soft", format);
      const whole = await readWhole(rawPayload, {
        format: { ...FORMATS[format], textColumn: "soft" },
      });
      expect(whole.samples.map(({ text }) => JSON.parse(text))).toEqual(wanted);
    }
  });

  it("is refused for a file without columns", async () => {
    const problem = expectProblem(
      await fetchExport("soft", "toutiao-multilevel"),
      "invalid-parameters",
    );
    expect(problem.errors).toEqual([
      { pointer: "/query/format", detail: "Use jsonl, csv, tsv or parquet" },
    ]);
  });

  it("of a pruning without a joint says to prune again", async () => {
    const { pruningId } = await seedPruning(api.store, 30, 3, 2);
    const problem = expectProblem(await fetchExport("soft", "csv", pruningId), "not-implemented");
    expect(problem.detail).toContain("prune the cross-validation again");
  });
});

function recordsOf(body: string) {
  const lines = body.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** P(given | true = j) * p_j made to sum to 1, from the seeded joint and probabilities. */
function posteriorOf(ordinal: number) {
  const fold = ordinal % FOLDS;
  const { ordinals, probs } = predictionsFor(fold, FOLDS, ROWS, CLASSES);
  const at = ordinals.indexOf(ordinal) * CLASSES;
  const given = ordinal % CLASSES;
  const weights = Array.from({ length: CLASSES }, (_, j) => {
    const column = joint.reduce((sum, row) => sum + row[j]!, 0);
    return (probs[at + j]! * joint[given]![j]!) / column;
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights
    .map((weight, j) => ({ label: `class-${j}`, probability: weight / sum }))
    .filter(({ probability }) => probability > 0)
    .sort((a, b) => b.probability - a.probability);
}
