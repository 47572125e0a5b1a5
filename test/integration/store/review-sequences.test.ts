import type { MetOrder, ReviewParams, Verdict } from "@winnow/contracts";
import {
  drawReviewSample,
  listReviewSampleRows,
  listReviews,
  openExport,
  openStore,
  readRandomReviews,
  readReviewReport,
  readReviewSample,
  reviewDataset,
  type Store,
  undoReviews,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  CLASSES,
  type Decision,
  type Drawn,
  FLAGGED,
  givenOf,
  ReviewModel,
  ROWS,
} from "../../support/review-model.js";
import { seedPruning } from "../../support/seed-data.js";

/** 10,000 take some minutes: `REVIEW_RUNS=10000`. */
const RUNS = Number(process.env.REVIEW_RUNS || 250);
const SEED = Number(process.env.REVIEW_SEED || 20261126);

const ACTORS = ["key_a", "key_b", null];

let database: TestDatabase;
let store: Store;
let datasetId: string;
let pruningId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "review-sequences" });
  ({ datasetId, pruningId } = await seedPruning(store, ROWS, CLASSES));
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const verdicts = fc.constantFrom<Verdict>("keep", "relabel", "drop", "unsure");
const actors = fc.constantFrom(...ACTORS);
const steps = fc.oneof(
  fc.record({
    type: fc.constant("rows" as const),
    actor: actors,
    ordinals: fc.uniqueArray(fc.constantFrom(...FLAGGED, 1, 2), { minLength: 1, maxLength: 3 }),
    verdict: verdicts,
    label: fc.nat(CLASSES - 1),
    order: fc.constantFrom<MetOrder | null>("worst", "random", null),
    /** Somebody whose page is old. */
    isStale: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("draw" as const),
    size: fc.integer({ min: 2, max: 12 }),
    seed: fc.nat(),
  }),
  // Whoever reviews a sample goes through the rows that are still to be decided.
  fc.record({
    type: fc.constant("sample" as const),
    actor: actors,
    pick: fc.nat(5),
    count: fc.integer({ min: 1, max: 4 }),
    verdict: verdicts,
    label: fc.nat(CLASSES - 1),
  }),
  fc.record({
    type: fc.constant("filter" as const),
    actor: actors,
    verdict: verdicts,
    label: fc.option(fc.nat(CLASSES - 1)),
    first: fc.option(fc.integer({ min: 1, max: 3 })),
    given: fc.option(fc.nat(CLASSES - 1)),
    state: fc.constantFrom(
      "pending" as const,
      "unsure" as const,
      "decided" as const,
      "any" as const,
    ),
  }),
  fc.record({ type: fc.constant("undo" as const), actor: actors, pick: fc.option(fc.nat(5)) }),
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

async function send(actorId: string | null, params: ReviewParams) {
  // A filter of any state needs to be confirmed.
  return withTransaction(store, async (tx) => {
    const { revision } = await reviewDataset(tx, datasetId, { params, actorId, dryRun: true });
    return reviewDataset(tx, datasetId, { params, actorId, revision, dryRun: false });
  });
}

async function take(step: Step, model: ReviewModel): Promise<void> {
  if (step.type === "undo") return takeUndo(step, model);
  if (step.type === "draw") return draw(step, model);
  if (step.type === "filter") return reviewFilter(step, model);
  if (step.type === "rows") return reviewRows(step, model);
  const sample = model.samples[step.pick % model.samples.length];
  if (!sample) return;
  const { data } = await listReviewSampleRows(store, sample.id, {
    state: "pending",
    limit: step.count,
  });
  if (data.length === 0) return;
  const ordinals = data.map(({ ordinal }) => ordinal);
  return reviewRows({ ...step, ordinals, order: "sample", isStale: false }, model);
}

async function draw({ size, seed }: Step & { type: "draw" }, model: ReviewModel): Promise<void> {
  const id = await withTransaction(store, (tx) =>
    drawReviewSample(tx, datasetId, { pruningId, size, seed }, null),
  );
  const { data } = await listReviewSampleRows(store, id, { state: "any", limit: 100 });
  const ordinals = data.map(({ ordinal }) => ordinal);
  expect(new Set(ordinals).size).toBe(size);
  model.samples.push({ id, ordinals });
}

interface RowsStep {
  readonly actor: string | null;
  readonly ordinals: readonly number[];
  readonly verdict: Verdict;
  readonly label: number;
  readonly order: MetOrder | null;
  readonly isStale: boolean;
}

async function reviewRows(step: RowsStep, model: ReviewModel): Promise<void> {
  const { actor, ordinals, verdict, order, isStale } = step;
  const decision = { verdict, label: verdict === "relabel" ? step.label : null };
  const params: ReviewParams = {
    type: "rows",
    ...(order === null ? {} : { order }),
    reviews: ordinals.map((ordinal) => {
      const version = isStale ? 0 : model.versionOf(ordinal);
      return verdict === "relabel"
        ? { ordinal, verdict, label: `class-${step.label}`, version }
        : { ordinal, verdict, version };
    }),
  };
  const sent = withTransaction(store, (tx) =>
    reviewDataset(tx, datasetId, { params, actorId: actor, dryRun: false }),
  );
  if (isStale && ordinals.some((ordinal) => model.versionOf(ordinal) > 0)) {
    await expect(sent).rejects.toMatchObject({ code: "review-conflict" });
    return;
  }
  const { id, version } = (await sent).action!;
  const rows = new Map(ordinals.map((ordinal) => [ordinal, decision]));
  model.actions.push({ id, version, actor, order, rows, isUndone: false });
}

async function reviewFilter(step: Step & { type: "filter" }, model: ReviewModel): Promise<void> {
  const { actor, verdict } = step;
  const written = new Map<number, Decision>();
  const { state, first, given, label } = step;
  for (const ordinal of FLAGGED) {
    if (state !== "any" && state !== model.stateOf(ordinal)) continue;
    if (given !== null && givenOf(ordinal) !== given) continue;
    if (first !== null && written.size === first) break;
    const to = label ?? (givenOf(ordinal) + 1) % CLASSES;
    written.set(ordinal, { verdict, label: verdict === "relabel" ? to : null });
  }
  const { action, rows } = await send(actor, {
    type: "filter",
    pruningId,
    order: "worst",
    verdict,
    filter: {
      state,
      ...(first === null ? {} : { first }),
      ...(given === null ? {} : { given: `class-${given}` }),
    },
    ...(verdict === "relabel" && label !== null ? { label: `class-${label}` } : {}),
  });
  expect(rows).toBe(written.size);
  if (!action) return;
  model.actions.push({
    id: action.id,
    version: action.version,
    actor,
    order: "worst",
    rows: written,
    isUndone: false,
  });
}

async function takeUndo(
  { actor, pick }: Step & { type: "undo" },
  model: ReviewModel,
): Promise<void> {
  const own = model.actions.filter((action) => action.actor === actor && !action.isUndone);
  const wanted = pick === null ? own.at(-1) : own[pick];
  const actionId = pick === null ? undefined : (wanted?.id ?? "rv_none");
  const undone = withTransaction(store, (tx) =>
    undoReviews(tx, datasetId, { actorId: actor, actionId }),
  );
  if (!wanted) {
    await expect(undone).rejects.toMatchObject({ code: "nothing-to-undo" });
    return;
  }
  const { action, restored } = await undone;
  wanted.isUndone = true;
  expect(action.id).toBe(wanted.id);
  expect(restored.map(({ ordinal, review }) => [ordinal, review?.verdict])).toEqual(
    [...wanted.rows.keys()]
      .sort((a, b) => a - b)
      .map((ordinal) => [ordinal, model.decisionOf(ordinal)?.verdict]),
  );
}

async function agrees(model: ReviewModel): Promise<void> {
  const ordinals = [...Array(ROWS).keys()];
  const { data } = await listReviews(store, datasetId, { view: "present", limit: 1000 });
  expect(
    data.map(({ ordinal, verdict, label, version }) => ({ ordinal, verdict, label, version })),
  ).toEqual(
    ordinals.flatMap((ordinal) => {
      const decision = model.decisionOf(ordinal);
      if (!decision) return [];
      const label = decision.label === null ? null : `class-${decision.label}`;
      return { ordinal, verdict: decision.verdict, label, version: model.versionOf(ordinal) };
    }),
  );
  for (const split of ["cleaned", "relabelled"] as const) {
    const exported: [number, string][] = [];
    for await (const row of await openExport(store, pruningId, { rows: split })) {
      exported.push([row.ordinal, row.labelAfter]);
    }
    expect(exported, split).toEqual(
      ordinals.flatMap((ordinal) => {
        const label = model.labelAfter(ordinal, split);
        return label === null ? [] : [[ordinal, `class-${label}`]];
      }),
    );
  }
  const flagsWith = (is: (ordinal: number) => boolean) => FLAGGED.filter(is).length;
  expect(await readReviewReport(store, pruningId)).toMatchObject({
    flags: FLAGGED.length,
    rejected: flagsWith((ordinal) => model.isWrong(ordinal) === false),
    unsure: flagsWith((ordinal) => model.stateOf(ordinal) === "unsure"),
    confirmed: flagsWith((ordinal) => model.isWrong(ordinal) === true),
  });
  expect(await readRandomReviews(store, datasetId)).toEqual(model.metAtRandom());
  for (const sample of model.samples) await agreesOn(sample, model);
}

async function agreesOn(sample: Drawn, model: ReviewModel): Promise<void> {
  const { strata, reviewed, noiseRate } = await readReviewSample(store, sample.id);
  expect(strata).toEqual([true, false].map((flagged) => model.stratumOf(sample, flagged)));
  expect(reviewed).toBe(sample.ordinals.filter((one) => model.stateOf(one) !== "pending").length);
  const noise = model.noiseOf(sample);
  if (noise === null) expect(noiseRate).toBeNull();
  else {
    expect(noiseRate!.estimate).toBeCloseTo(noise, 12);
    expect(noiseRate!.low).toBeLessThanOrEqual(noise);
    expect(noiseRate!.high).toBeGreaterThanOrEqual(noise);
  }
  for (const state of ["pending", "unsure", "decided"] as const) {
    const { data } = await listReviewSampleRows(store, sample.id, { state, limit: 100 });
    expect(data.map(({ ordinal }) => ordinal)).toEqual(
      sample.ordinals.filter((ordinal) => model.stateOf(ordinal) === state),
    );
  }
}

it(
  "after any sequence of reviews and undos by several people, lists, exports, reports and random samples agree with the model",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 12 }), async (sequence) => {
        await poolOf(store).query(
          `DELETE FROM reviews; DELETE FROM review_history; DELETE FROM review_actions;
           DELETE FROM review_sample_rows; DELETE FROM review_samples`,
        );
        const model = new ReviewModel();
        for (const step of sequence) await take(step, model);
        await agrees(model);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  },
  60_000 + RUNS * 1000,
);
