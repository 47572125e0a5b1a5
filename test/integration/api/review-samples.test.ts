import type { Pruning, ReviewSample, SampledRow } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { seedPruning } from "../../support/seed-data.js";

/** 700 rows of 3 classes; every seventh is flagged. */
const ROWS = 700;

let api: TestApi;
let seeded: Awaited<ReturnType<typeof seedPruning>>;

beforeAll(async () => {
  api = await openTestApi();
});
beforeEach(async () => {
  seeded = await seedPruning(api.store, ROWS);
});
afterAll(() => api.close());

const post = (path: string, payload: object, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: "POST",
    url: `/v1/datasets/${seeded.datasetId}/${path}`,
    payload,
    headers,
  });

async function draw(payload: object): Promise<ReviewSample> {
  const answer = await post("review-samples", { pruningId: seeded.pruningId, ...payload });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
const get = async <T>(path: string): Promise<T> => {
  const answer = await api.app.inject(`/v1/${path}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
};
const read = (sample: string) => get<ReviewSample>(`review-samples/${sample}`);

async function rowsOf(sample: string, state = "any"): Promise<SampledRow[]> {
  const found: SampledRow[] = [];
  let cursor = "";
  do {
    const query = `state=${state}&limit=33${cursor && `&cursor=${cursor}`}`;
    const page = await get<{ data: SampledRow[]; nextCursor: string | null }>(
      `review-samples/${sample}/queue?${query}`,
    );
    found.push(...page.data);
    cursor = page.nextCursor ?? "";
  } while (cursor !== "");
  return found;
}

/** Row n is wrong if a seventh flag or a twentieth other says so: a truth that nothing else knows. */
const isFlagged = (ordinal: number) => ordinal % 7 === 0;
const isWrong = (ordinal: number) => (isFlagged(ordinal) ? ordinal % 3 !== 0 : ordinal % 20 === 1);
const ALL = Array.from({ length: ROWS }, (_, ordinal) => ordinal);
const share = (rows: readonly number[], of: (row: number) => boolean) =>
  rows.filter(of).length / rows.length;

async function review(rows: readonly { ordinal: number; version?: number }[], verdict?: string) {
  const reviews = rows.map(({ ordinal, version = 0 }) => ({
    ...{ ordinal, version, verdict: verdict ?? (isWrong(ordinal) ? "drop" : "keep") },
  }));
  for (let from = 0; from < reviews.length; from += 1000) {
    const body = { type: "rows", order: "sample", reviews: reviews.slice(from, from + 1000) };
    const answer = await post("reviews", body);
    expect(answer.statusCode, answer.body).toBe(200);
  }
}

describe("a sample for review", () => {
  it("has rows of both strata, in an order whose starts have both in their proportion", async () => {
    const sample = await draw({ size: 100, seed: 4 });
    expect(sample).toMatchObject({
      ...{ datasetId: seeded.datasetId, pruningId: seeded.pruningId, seed: 4, size: 100 },
      ...{ reviewed: 0, isEnough: false, noiseRate: null, precision: null, recall: null },
      strata: [
        { flagged: true, rows: 100, reviewed: 0 },
        { flagged: false, rows: 600, reviewed: 0 },
      ],
    });
    const rows = await rowsOf(sample.id);
    expect(rows.map(({ position }) => position)).toEqual(ALL.slice(1, 101));
    const ordinals = rows.map(({ ordinal }) => ordinal);
    expect(new Set(ordinals).size).toBe(100);
    const flagged = sample.strata[0]!.sampled;
    expect(flagged).toBeGreaterThanOrEqual(20);
    expect(ordinals.filter(isFlagged)).toHaveLength(flagged);
    for (const start of [10, 50, 75]) {
      const met = ordinals.slice(0, start).filter(isFlagged).length;
      expect(Math.abs(met - (start * flagged) / 100)).toBeLessThanOrEqual(1);
    }
    for (const { given, suggested, likeliest, text } of rows) {
      expect(suggested).not.toBe(given);
      expect(likeliest).toHaveLength(3);
      expect(text).not.toBe("");
    }
    // Nobody sees which rows were flagged: it would bias.
    expect(rows[0]).not.toHaveProperty("flagged");
    expect(rows[0]).not.toHaveProperty("rank");
  });

  it("is the same for the same seed, another for another, and all rows where as many are asked for", async () => {
    const ordinals = async (seed: number) =>
      (await rowsOf((await draw({ size: 50, seed })).id)).map(({ ordinal }) => ordinal);
    expect(await ordinals(1)).toEqual(await ordinals(1));
    expect(await ordinals(1)).not.toEqual(await ordinals(2));
    const whole = await draw({ size: 5000 });
    expect(whole).toMatchObject({ size: ROWS, strata: [{ sampled: 100 }, { sampled: 600 }] });
    expect(whole.halfWidth).toBe(0);
  });

  it("has the size that a wanted interval needs", async () => {
    const wide = await draw({ halfWidth: 0.1 });
    const narrow = await draw({ halfWidth: 0.03 });
    expect(wide.halfWidth).toBeLessThanOrEqual(0.1);
    expect(narrow.halfWidth).toBeLessThanOrEqual(0.03);
    expect(narrow.size).toBeGreaterThan(2 * wide.size);
    await review(await rowsOf(narrow.id));
    const { noiseRate } = await read(narrow.id);
    expect(noiseRate!.high - noiseRate!.low).toBeLessThan(0.08);
  });

  it("is listed, newest first, and goes with its dataset; an Idempotency-Key draws it once", async () => {
    const body = { pruningId: seeded.pruningId, size: 10 };
    const headers = { "idempotency-key": `once-${seeded.datasetId}` };
    const [first, again] = [
      await post("review-samples", body, headers),
      await post("review-samples", body, headers),
    ];
    expect(again.json()).toEqual(first.json());
    const second = await draw({ size: 10 });
    const list = () => get<{ data: ReviewSample[] }>(`datasets/${seeded.datasetId}/review-samples`);
    expect((await list()).data.map(({ id }) => id)).toEqual([second.id, first.json().id]);
    const { statusCode } = await api.app.inject({
      method: "DELETE",
      url: `/v1/datasets/${seeded.datasetId}`,
    });
    expect(statusCode).toBe(204);
    expectProblem(
      await api.app.inject(`/v1/review-samples/${second.id}`),
      "review-sample-not-found",
    );
    const left =
      "SELECT FROM review_sample_rows w LEFT JOIN review_samples s ON s.key = w.sample_key WHERE s.key IS NULL";
    expect((await poolOf(api.store).query(left)).rowCount).toBe(0);
  });

  it("refuses what it cannot draw, by its place", async () => {
    const own = { pruningId: seeded.pruningId };
    expectProblem(await post("review-samples", { pruningId: id("pr") }), "pruning-not-found");
    const other = await seedPruning(api.store, 21);
    const foreign = await post("review-samples", { pruningId: other.pruningId });
    expect(expectProblem(foreign, "invalid-parameters").errors?.[0]?.pointer).toBe("/pruningId");
    for (const wrong of [
      { size: 1 },
      { size: 10_001 },
      { halfWidth: 0 },
      { size: 5, halfWidth: 0.1 },
    ]) {
      expectProblem(await post("review-samples", { ...own, ...wrong }), "validation-failed");
    }
    expectProblem(
      await api.app.inject(`/v1/review-samples/${id("rs")}/queue`),
      "review-sample-not-found",
    );
  });
});

describe("what a sample's reviews say", () => {
  it("is the truth once all rows of the dataset are in it", async () => {
    const sample = await draw({ size: ROWS });
    await review(await rowsOf(sample.id));
    const { noiseRate, precision, recall, isEnough } = await read(sample.id);
    const flagged = ALL.filter(isFlagged);
    const wrong = ALL.filter(isWrong);
    const exactly = (value: number, method: string) => ({
      ...{ estimate: value, low: value, high: value, method },
    });
    expect(isEnough).toBe(true);
    expect(noiseRate).toEqual(exactly(share(ALL, isWrong), "square-and-add"));
    expect(precision).toEqual(exactly(share(flagged, isWrong), "clopper-pearson"));
    expect(recall).toEqual(exactly(share(wrong, isFlagged), "joint-bounds"));
  });

  it("holds the truth in at least 180 of 200 samples that were drawn by the service", async () => {
    await review(ALL.map((ordinal) => ({ ordinal })));
    const truth = {
      noiseRate: share(ALL, isWrong),
      precision: share(ALL.filter(isFlagged), isWrong),
      recall: share(ALL.filter(isWrong), isFlagged),
    };
    const held = { noiseRate: 0, precision: 0, recall: 0 };
    const means = { noiseRate: 0, precision: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const sample = await draw({ size: 120, seed });
      for (const of of ["noiseRate", "precision", "recall"] as const) {
        const { low, high } = sample[of]!;
        if (low <= truth[of] && truth[of] <= high) held[of] += 1;
      }
      means.noiseRate += sample.noiseRate!.estimate / 200;
      means.precision += sample.precision!.estimate / 200;
    }
    expect(held.noiseRate).toBeGreaterThanOrEqual(180);
    expect(held.precision).toBeGreaterThanOrEqual(180);
    expect(held.recall).toBeGreaterThanOrEqual(180);
    // A draw that prefers some rows would show here: five deviations of the mean of 200.
    expect(Math.abs(means.noiseRate - truth.noiseRate)).toBeLessThan(0.01);
    expect(Math.abs(means.precision - truth.precision)).toBeLessThan(0.02);
  });

  it("counts up to the first row that nobody reviewed: rows that were met before do not bias it", async () => {
    // Somebody looks at the flags first, the wrong ones of all.
    await review(
      ALL.filter((row) => isFlagged(row) && isWrong(row)).map((ordinal) => ({ ordinal })),
    );
    const sample = await draw({ size: 200, seed: 9 });
    expect(sample.reviewed).toBeGreaterThan(10);
    const [flagged] = sample.strata;
    expect(flagged!.counted).toBeLessThan(flagged!.reviewed);
    await review(await rowsOf(sample.id, "pending"));
    const { strata, precision } = await read(sample.id);
    expect(strata.map(({ counted, sampled }) => counted === sampled)).toEqual([true, true]);
    expect(precision!.low).toBeLessThanOrEqual(share(ALL.filter(isFlagged), isWrong));
    expect(await rowsOf(sample.id, "pending")).toEqual([]);
    expect(await rowsOf(sample.id, "decided")).toHaveLength(200);
  });

  it("leaves unsure rows out of the estimate, and takes them as either in the bounds", async () => {
    const sample = await draw({ size: 200, seed: 3 });
    const rows = await rowsOf(sample.id);
    const [doubted, others] = [rows.slice(0, 20), rows.slice(20)];
    await review(others);
    await review(doubted, "unsure");
    const { noiseRate, strata } = await read(sample.id);
    expect(strata[0]!.unsure + strata[1]!.unsure).toBe(20);
    const undecided = await rowsOf(sample.id, "unsure");
    expect(undecided.map(({ ordinal }) => ordinal)).toEqual(doubted.map(({ ordinal }) => ordinal));
    await review(undecided.map(({ ordinal, version }) => ({ ordinal, version })));
    const decided = (await read(sample.id)).noiseRate!;
    expect(noiseRate!.low).toBeLessThanOrEqual(decided.low);
    expect(noiseRate!.high).toBeGreaterThanOrEqual(decided.high);
  });

  it("takes a relabel to the given class as right, to another as wrong, and follows an undo", async () => {
    const sample = await draw({ size: ROWS });
    const rows = await rowsOf(sample.id);
    await review(rows, "keep");
    const relabel = (row: SampledRow, label: string) =>
      post("reviews", {
        type: "rows",
        reviews: [{ ordinal: row.ordinal, verdict: "relabel", label, version: row.version }],
      });
    const [one, two] = await rowsOf(sample.id);
    await relabel(one!, one!.given);
    expect((await read(sample.id)).noiseRate).toMatchObject({ estimate: 0 });
    await relabel(two!, two!.suggested);
    expect((await read(sample.id)).noiseRate).toMatchObject({ estimate: 1 / ROWS });
    await post("reviews/undo", {});
    expect((await read(sample.id)).noiseRate).toMatchObject({ estimate: 0 });
  });
});

describe("a pruning beside a sample", () => {
  const pruning = (of = seeded.pruningId) => get<Pruning>(`prunings/${of}`);

  it("says what people found once enough is reviewed, also in the list", async () => {
    const sample = await draw({ size: 150, seed: 1 });
    expect((await pruning()).sampledNoise).toBeNull();
    const rows = await rowsOf(sample.id);
    await review(rows.slice(0, 40));
    expect((await pruning()).sampledNoise).toBeNull();
    await review(rows.slice(40));
    const { noiseRate, precision, recall } = await read(sample.id);
    const said = { sampleId: sample.id, counted: 150, noiseRate, precision, recall };
    expect((await pruning()).sampledNoise).toEqual(said);
    const list = await get<{ data: Pruning[] }>(`prunings?datasetId=${seeded.datasetId}`);
    expect(list.data.map(({ sampledNoise }) => sampledNoise)).toEqual([said]);
    // A newer sample that was only begun does not hide it.
    await draw({ size: 300, seed: 2 });
    expect((await pruning()).sampledNoise).toEqual(said);
  });

  it("a later pruning has the noise rate, not the precision of other flags; the sample stays what it was", async () => {
    const sample = await draw({ size: 150, seed: 1 });
    await review(await rowsOf(sample.id));
    const before = await read(sample.id);
    const later = id("pr");
    await poolOf(api.store).query(
      `INSERT INTO prunings (id, cross_validation_id, job_id, state, parameters, flagged, report)
       SELECT $2, cross_validation_id, job_id, state, parameters, 5, report FROM prunings WHERE id = $1`,
      [seeded.pruningId, later],
    );
    await poolOf(api.store).query(
      `INSERT INTO flags SELECT (SELECT key FROM prunings WHERE id = $2), rank, ordinal + 1, given, suggested,
         fold, self_confidence, normalized_margin, error_probability, suggested_probability, reason
       FROM flags WHERE pruning_key = (SELECT key FROM prunings WHERE id = $1) AND rank < 5`,
      [seeded.pruningId, later],
    );
    expect(await read(sample.id)).toEqual(before);
    expect((await pruning(later)).sampledNoise).toEqual({
      ...{ sampleId: sample.id, counted: 150, noiseRate: before.noiseRate },
      ...{ precision: null, recall: null },
    });
    const { statusCode } = await api.app.inject({
      method: "DELETE",
      url: `/v1/prunings/${seeded.pruningId}`,
    });
    expect(statusCode).toBe(204);
    expect(await read(sample.id)).toEqual(before);
    expect(await rowsOf(sample.id)).toHaveLength(150);
  });
});
