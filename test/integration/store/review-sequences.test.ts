import type { ReviewParams, Verdict } from "@winnow/contracts";
import {
  listReviews,
  openExport,
  openStore,
  readReviewReport,
  reviewDataset,
  type Store,
  undoReviews,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { seedPruning } from "../../support/seed-data.js";

/** 10,000 take some minutes: `REVIEW_RUNS=10000`. */
const RUNS = Number(process.env.REVIEW_RUNS || 250);
const SEED = Number(process.env.REVIEW_SEED || 20261126);

/** Every seventh of 28 rows is flagged: the class of a row is its ordinal modulo 3. */
const ROWS = 28;
const CLASSES = 3;
const FLAGGED = [0, 7, 14, 21];
const ACTORS = ["key_a", "key_b", null];
const givenOf = (ordinal: number) => ordinal % CLASSES;

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

interface Decision {
  readonly verdict: Verdict;
  readonly label: number | null;
}
interface Action {
  readonly id: string;
  readonly version: number;
  readonly actor: string | null;
  readonly rows: ReadonlyMap<number, Decision>;
  isUndone: boolean;
}

/** What must hold: of a row's actions the last that is not undone counts. */
class Model {
  readonly actions: Action[] = [];

  actionOf(ordinal: number): Action | undefined {
    return this.actions.findLast(({ rows, isUndone }) => !isUndone && rows.has(ordinal));
  }
  decisionOf = (ordinal: number): Decision | undefined => this.actionOf(ordinal)?.rows.get(ordinal);
  versionOf = (ordinal: number): number => this.actionOf(ordinal)?.version ?? 0;

  /** The class in the split; null: left out. */
  labelAfter(ordinal: number, split: "cleaned" | "relabelled"): number | null {
    const decision = this.decisionOf(ordinal);
    if (decision?.verdict === "drop") return null;
    if (decision?.verdict === "keep") return givenOf(ordinal);
    if (decision?.verdict === "relabel") return decision.label;
    if (!FLAGGED.includes(ordinal)) return givenOf(ordinal);
    return split === "cleaned" ? null : (givenOf(ordinal) + 1) % CLASSES;
  }
}

const verdicts = fc.constantFrom<Verdict>("keep", "relabel", "drop", "unsure");
const actors = fc.constantFrom(...ACTORS);
const steps = fc.oneof(
  fc.record({
    type: fc.constant("rows" as const),
    actor: actors,
    ordinals: fc.uniqueArray(fc.constantFrom(...FLAGGED, 1, 2), { minLength: 1, maxLength: 3 }),
    verdict: verdicts,
    label: fc.nat(CLASSES - 1),
    /** Somebody whose page is old. */
    isStale: fc.boolean(),
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

async function take(step: Step, model: Model): Promise<void> {
  if (step.type === "undo") return takeUndo(step, model);
  const { actor, verdict } = step;
  const written = new Map<number, Decision>();
  let params: ReviewParams;
  if (step.type === "rows") {
    for (const ordinal of step.ordinals) {
      written.set(ordinal, { verdict, label: verdict === "relabel" ? step.label : null });
    }
    params = {
      type: "rows",
      reviews: step.ordinals.map((ordinal) => {
        const version = step.isStale ? 0 : model.versionOf(ordinal);
        return verdict === "relabel"
          ? { ordinal, verdict, label: `class-${step.label}`, version }
          : { ordinal, verdict, version };
      }),
    };
    if (step.isStale && step.ordinals.some((ordinal) => model.versionOf(ordinal) > 0)) {
      // Its dry run would write, too: the real one is what is asked.
      await expect(
        withTransaction(store, (tx) =>
          reviewDataset(tx, datasetId, { params, actorId: actor, dryRun: false }),
        ),
      ).rejects.toMatchObject({ code: "review-conflict" });
      return;
    }
    const made = await withTransaction(store, (tx) =>
      reviewDataset(tx, datasetId, { params, actorId: actor, dryRun: false }),
    );
    const { id, version } = made.action!;
    model.actions.push({ id, version, actor, rows: written, isUndone: false });
    return;
  }
  const { state, first, given, label } = step;
  for (const ordinal of FLAGGED) {
    const now = model.decisionOf(ordinal)?.verdict;
    const is = now === undefined ? "pending" : now === "unsure" ? "unsure" : "decided";
    if (state !== "any" && state !== is) continue;
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
    rows: written,
    isUndone: false,
  });
}

async function takeUndo({ actor, pick }: Step & { type: "undo" }, model: Model): Promise<void> {
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

async function agrees(model: Model): Promise<void> {
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
  const of = (is: (decision: Decision, given: number) => boolean) =>
    FLAGGED.filter((ordinal) => {
      const decision = model.decisionOf(ordinal);
      return decision !== undefined && is(decision, givenOf(ordinal));
    }).length;
  const isRejected = ({ verdict, label }: Decision, given: number) =>
    verdict === "keep" || (verdict === "relabel" && label === given);
  expect(await readReviewReport(store, pruningId)).toMatchObject({
    flags: FLAGGED.length,
    rejected: of(isRejected),
    unsure: of(({ verdict }) => verdict === "unsure"),
    confirmed: of(
      (decision, given) => decision.verdict !== "unsure" && !isRejected(decision, given),
    ),
  });
}

it(
  "after any sequence of reviews and undos by several people, lists, exports and reports agree with the model",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 12 }), async (sequence) => {
        await poolOf(store).query(
          "DELETE FROM reviews; DELETE FROM review_history; DELETE FROM review_actions",
        );
        const model = new Model();
        for (const step of sequence) await take(step, model);
        await agrees(model);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  },
  60_000 + RUNS * 1000,
);
