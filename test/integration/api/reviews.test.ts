import type { QueuedFlag, Review, ReviewReport, ReviewResult, ReviewUndo } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { seedPruning } from "../../support/seed-data.js";

/** 210 rows of 3 classes; every seventh is flagged, and suggested is the class after its own. */
const ROWS = 210;
const FLAGS = 30;

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

async function review(payload: object, query = "", headers: Record<string, string> = {}) {
  const answer = await post(`reviews${query}`, payload, headers);
  expect(answer.statusCode, answer.body).toBe(200);
  const result = answer.json<ReviewResult>();
  expect(answer.headers.etag).toBe(result.etag);
  return result;
}

const rows = (...reviews: object[]) => ({ type: "rows", reviews, pruningId: seeded.pruningId });
const filter = (bounds: object, verdict = "keep", more: object = {}) => ({
  type: "filter",
  pruningId: seeded.pruningId,
  filter: bounds,
  verdict,
  ...more,
});

async function undo(payload: object = {}): Promise<ReviewUndo> {
  const answer = await post("reviews/undo", payload);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

async function all<T>(path: string): Promise<T[]> {
  const found: T[] = [];
  let cursor = "";
  do {
    const url = `${path}${path.includes("?") ? "&" : "?"}limit=7${cursor && `&cursor=${cursor}`}`;
    const answer = await api.app.inject(url);
    expect(answer.statusCode, answer.body).toBe(200);
    const page = answer.json<{ data: T[]; nextCursor: string | null }>();
    found.push(...page.data);
    cursor = page.nextCursor ?? "";
  } while (cursor !== "");
  return found;
}
const present = () => all<Review>(`/v1/datasets/${seeded.datasetId}/reviews`);
const queue = (query = "") => all<QueuedFlag>(`/v1/prunings/${seeded.pruningId}/queue?${query}`);

describe("reviews of rows", () => {
  it("any row can be reviewed, flagged or not; the last review counts and the others are history", async () => {
    const first = await review(
      rows({ ordinal: 1, verdict: "drop" }, { ordinal: 7, verdict: "unsure" }),
    );
    expect(first).toMatchObject({
      rows: 2,
      replaced: 0,
      action: { rows: 2, pruningId: seeded.pruningId },
    });
    const { version } = first.action!;
    await review({
      type: "rows",
      reviews: [{ ordinal: 7, verdict: "relabel", label: "class-2", version }],
      order: "worst",
    });
    expect(await present()).toMatchObject([
      { ordinal: 1, verdict: "drop", label: null, version, by: null, order: null, undone: false },
      { ordinal: 7, verdict: "relabel", label: "class-2", pruningId: null, order: "worst" },
    ]);
    const history = await all<Review>(
      `/v1/datasets/${seeded.datasetId}/reviews?view=history&ordinal=7`,
    );
    expect(history.map(({ verdict }) => verdict)).toEqual(["relabel", "unsure"]);
    expect(await all(`/v1/datasets/${seeded.datasetId}/reviews?verdict=drop`)).toHaveLength(1);
  });

  it("of two reviewers of one row the second gets a conflict that says what is there", async () => {
    const { action } = await review(rows({ ordinal: 7, verdict: "keep" }));
    const second = await post(
      "reviews",
      rows({ ordinal: 14, verdict: "keep" }, { ordinal: 7, verdict: "drop" }),
    );
    const problem = expectProblem(second, "review-conflict");
    expect(problem.errors).toEqual([
      {
        pointer: "/reviews/1/version",
        detail: `Row 7 has the review keep, version ${action!.version}; sent was 0`,
      },
    ]);
    expect(await present()).toHaveLength(1);
    expectProblem(
      await post("reviews", rows({ ordinal: 14, verdict: "drop", version: 5 })),
      "review-conflict",
    );
  });

  it("of twenty at the same moment one is written", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post("reviews", rows({ ordinal: 7, verdict: "drop" }))),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([
      200,
      ...Array(19).fill(409),
    ]);
    expect(await all(`/v1/datasets/${seeded.datasetId}/reviews?view=history`)).toHaveLength(1);
  });

  it("what the dataset does not have is refused, by its place", async () => {
    const wrong = [
      [{ ordinal: ROWS, verdict: "keep" }, "/reviews/0/ordinal"],
      [{ ordinal: 0, verdict: "relabel", label: "nothing" }, "/reviews/0/label"],
    ] as const;
    for (const [one, pointer] of wrong) {
      const { errors } = expectProblem(await post("reviews", rows(one)), "invalid-parameters");
      expect(errors?.[0]?.pointer).toBe(pointer);
    }
    const twice = rows({ ordinal: 3, verdict: "keep" }, { ordinal: 3, verdict: "drop" });
    expectProblem(await post("reviews", twice), "invalid-parameters");
    const other = { ...rows({ ordinal: 3, verdict: "keep" }), pruningId: id("pr") };
    expectProblem(await post("reviews", other), "pruning-not-found");
    const elsewhere = await seedPruning(api.store);
    const foreign = { ...rows({ ordinal: 3, verdict: "keep" }), pruningId: elsewhere.pruningId };
    expectProblem(await post("reviews", foreign), "invalid-parameters");
    expectProblem(
      await post("reviews", rows({ ordinal: 3, verdict: "keep", label: "class-1" })),
      "validation-failed",
    );
  });
});

describe("a review of all that a filter meets", () => {
  it("is counted beforehand, and written and undone as one", async () => {
    const counted = await review(filter({ given: "class-0" }, "relabel"), "?validateOnly=true");
    expect(counted).toMatchObject({ action: null, rows: 10, replaced: 0, etag: '"reviews-0"' });
    expect(await present()).toEqual([]);
    const made = await review(filter({ given: "class-0" }, "relabel"), "", {
      "if-match": counted.etag,
    });
    expect(made.action).toMatchObject({ rows: 10 });
    const relabelled = await present();
    expect(relabelled.map(({ ordinal }) => ordinal)).toEqual(
      seeded.flagged.filter((ordinal) => ordinal % 3 === 0),
    );
    expect(new Set(relabelled.map(({ label }) => label))).toEqual(new Set(["class-1"]));
    expect(await undo()).toMatchObject({ action: { id: made.action!.id, rows: 10 } });
    expect(await present()).toEqual([]);
    expectProblem(await post("reviews/undo", {}), "nothing-to-undo");
  });

  it("leaves alone what is decided, unless it is asked for by an ETag", async () => {
    await review(rows({ ordinal: 0, verdict: "keep" }));
    expect((await review(filter({ first: 3 }, "drop"))).rows).toBe(3);
    const again = filter({ state: "any" }, "unsure");
    expectProblem(await post("reviews", again), "reviews-unconfirmed");
    const { etag, replaced } = await review(again, "?validateOnly=true");
    expect(replaced).toBe(4);
    expectProblem(await post("reviews", again, { "if-match": '"reviews-1"' }), "reviews-changed");
    expect(await review(again, "", { "if-match": etag })).toMatchObject({
      rows: FLAGS,
      replaced: 4,
    });
    await undo();
    expect((await present()).map(({ ordinal, verdict }) => [ordinal, verdict])).toEqual([
      [0, "keep"],
      [7, "drop"],
      [14, "drop"],
      [21, "drop"],
    ]);
  });

  it("meets what the queue shows with the same bounds, in the same order", async () => {
    await poolOf(api.store).query(
      "UPDATE flags SET error_probability = CASE WHEN rank = 3 THEN NULL ELSE (rank * 7 % 30) / 30.0 END",
    );
    const bounds: [object, string][] = [
      [{ given: "class-1", suggested: "class-2" }, "given=class-1&suggested=class-2"],
      [{ given: "nothing" }, "given=nothing"],
      [{ fold: 1 }, "fold=1"],
      [{ minRank: 3, maxRank: 9 }, "minRank=3&maxRank=9"],
      [
        { minErrorProbability: 0.25, maxErrorProbability: 0.5 },
        "minErrorProbability=0.25&maxErrorProbability=0.5",
      ],
      [{ search: "TEXT 1" }, "search=TEXT%201"],
      [{ search: "%" }, "search=%25"],
    ];
    for (const [body, query] of bounds) {
      for (const order of ["worst", "posterior", "random"]) {
        const shown = await queue(`${query}&order=${order}`);
        const { rows: count } = await review(filter(body, "keep", { order }), "?validateOnly=true");
        expect(shown, query).toHaveLength(count);
        if (count < 2) continue;
        await review(filter({ ...body, first: 2 }, "keep", { order }));
        const first = shown.slice(0, 2).map(({ ordinal }) => ordinal);
        expect((await present()).map(({ ordinal }) => ordinal)).toEqual(
          first.sort((a, b) => a - b),
        );
        await undo();
      }
    }
  });

  it("refuses a label that is no class, or goes with another verdict", async () => {
    for (const wrong of [
      filter({}, "relabel", { label: "nothing" }),
      filter({}, "keep", { label: "class-1" }),
    ]) {
      expectProblem(await post("reviews", wrong), "invalid-parameters");
    }
    expect((await review(filter({ given: "nothing" }))).action).toBeNull();
  });
});

describe("undo", () => {
  it("takes back one's own actions, the last first, and never another's", async () => {
    const first = await review(rows({ ordinal: 7, verdict: "keep" }));
    const second = await review(
      rows({ ordinal: 7, verdict: "drop", version: first.action!.version }),
    );
    await poolOf(api.store).query("UPDATE review_actions SET actor_id = 'other' WHERE id = $1", [
      second.action!.id,
    ]);
    // What somebody else has replaced stays replaced, and later falls back behind the undone review.
    expect(await undo()).toMatchObject({
      action: { id: first.action!.id },
      restored: [{ ordinal: 7, review: { verdict: "drop", by: "other" } }],
    });
    expectProblem(await post("reviews/undo", { actionId: second.action!.id }), "nothing-to-undo");
    await poolOf(api.store).query("UPDATE review_actions SET actor_id = NULL");
    expect(await undo({ actionId: second.action!.id })).toMatchObject({
      restored: [{ ordinal: 7, review: null }],
    });
    expectProblem(await post("reviews/undo", { actionId: second.action!.id }), "nothing-to-undo");
  });
});

describe("the queue", () => {
  it("shows each flag once in every order, with what it takes to decide", async () => {
    for (const order of ["worst", "posterior", "random"]) {
      const shown = await queue(`order=${order}`);
      expect(shown.map(({ ordinal }) => ordinal).sort((a, b) => a - b)).toEqual(seeded.flagged);
      if (order === "worst")
        expect(shown.map(({ rank }) => rank)).toEqual([...Array(FLAGS).keys()].map((n) => n + 1));
      else if (order === "random")
        expect(shown.map(({ rank }) => rank)).not.toEqual(
          [...Array(FLAGS).keys()].map((n) => n + 1),
        );
      expect(await queue(`order=${order}`)).toEqual(shown);
    }
    const [worst] = await queue();
    expect(worst).toMatchObject({
      ordinal: 0,
      given: "class-0",
      suggested: "class-1",
      reason: { method: "prune_by_noise_rate" },
      review: null,
      version: 0,
      nearDuplicates: [],
    });
    expect(worst?.likeliest.map(({ label }) => label)[0]).toBe("class-1");
    expect(worst?.likeliest[0]?.probability).toBeCloseTo(0.7);
    expect(worst?.likeliest).toHaveLength(3);
  });

  it("near-duplicates come with their labels", async () => {
    const { rows: found } = await poolOf(api.store).query<{ key: number }>(
      "SELECT key FROM datasets WHERE id = $1",
      [seeded.datasetId],
    );
    await poolOf(api.store).query(
      `INSERT INTO near_duplicates SELECT $1, 5, unnest(ARRAY[5, 7, 9])`,
      [found[0]!.key],
    );
    const row = (await queue()).find(({ ordinal }) => ordinal === 7);
    expect(row?.nearDuplicates).toMatchObject([
      { ordinal: 5, label: "class-2", review: null },
      { ordinal: 9, label: "class-0" },
    ]);
  });

  it("is asked by state; a cursor goes on while others decide", async () => {
    const start = await api.app.inject(`/v1/prunings/${seeded.pruningId}/queue?limit=5`);
    const { nextCursor } = start.json();
    await review(filter({ first: 10 }, "drop"));
    await review(filter({ first: 2 }, "unsure"));
    const next = await api.app.inject(
      `/v1/prunings/${seeded.pruningId}/queue?limit=5&cursor=${nextCursor}`,
    );
    expect(next.json().data.map(({ rank }: QueuedFlag) => rank)).toEqual([13, 14, 15, 16, 17]);
    expect(await queue("state=decided")).toHaveLength(10);
    expect((await queue("state=unsure")).map(({ review }) => review?.verdict)).toEqual([
      "unsure",
      "unsure",
    ]);
    expect(await queue("state=any")).toHaveLength(FLAGS);
    const flags = await all<{ review: string | null }>(`/v1/prunings/${seeded.pruningId}/flags`);
    expect(flags.filter(({ review }) => review === "drop")).toHaveLength(10);
  });

  it.each(["worst", "random"])(
    "in %s order begins at the first pending flag, also after many decisions and an undo",
    async (order) => {
      const begins = async () => (await queue(`order=${order}`)).map(({ rank }) => rank);
      const whole = await begins();
      const decide = (first: number) => review({ ...filter({ first }), order });
      await decide(12);
      expect(await begins()).toEqual(whole.slice(12));
      await decide(8);
      expect(await begins()).toEqual(whole.slice(20));
      await undo();
      expect(await begins()).toEqual(whole.slice(12));
      await decide(FLAGS);
      expect(await begins()).toEqual([]);
      expect(await begins()).toEqual([]);
      await undo();
      await undo();
      expect(await begins()).toEqual(whole);
    },
  );
});

it("the report counts by pair, with precision and its interval", async () => {
  const url = `/v1/prunings/${seeded.pruningId}/reviews`;
  const empty = (await api.app.inject(url)).json<ReviewReport>();
  expect(empty).toMatchObject({ flags: FLAGS, confirmed: 0, precision: null });
  await review(filter({ given: "class-0", first: 8 }, "relabel", { order: "random" }));
  await review(filter({ given: "class-0", first: 2 }, "keep"));
  await review(filter({ given: "class-1", first: 1 }, "unsure"));
  const report = (await api.app.inject(url)).json<ReviewReport>();
  expect(report).toMatchObject({ flags: FLAGS, confirmed: 8, rejected: 2, unsure: 1 });
  // Wilson's interval of 8 in 10.
  expect(report.precision).toMatchObject({ estimate: 0.8, method: "wilson" });
  expect(report.precision?.low).toBeCloseTo(0.4902, 4);
  expect(report.precision?.high).toBeCloseTo(0.9433, 4);
  expect(report.random).toMatchObject({ confirmed: 8, rejected: 0 });
  const pair = report.pairs.find(({ given }) => given === "class-0");
  expect(pair).toMatchObject({ suggested: "class-1", flags: 10, confirmed: 8, rejected: 2 });
});

it("a deleted dataset leaves no review behind", async () => {
  await review(filter({}, "keep"));
  const { rows: found } = await poolOf(api.store).query("SELECT key FROM datasets WHERE id = $1", [
    seeded.datasetId,
  ]);
  const answer = await api.app.inject({
    method: "DELETE",
    url: `/v1/datasets/${seeded.datasetId}`,
  });
  expect(answer.statusCode, answer.body).toBe(204);
  for (const table of ["reviews", "review_history"]) {
    const left = await poolOf(api.store).query(`SELECT 1 FROM ${table} WHERE dataset_key = $1`, [
      found[0].key,
    ]);
    expect(left.rowCount).toBe(0);
  }
});
