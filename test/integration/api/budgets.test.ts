import { createHash } from "node:crypto";
import { PAGE_BYTES, type Page, ROUTES, type Route } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { seedDataset, seedFindings, seedPruning } from "../../support/seed-data.js";

/** Characters of a user's text in each row: two rows are a page. */
const LONG = 1_500_000;

let api: TestApi;
let webhookId: string;
let ids: Awaited<ReturnType<typeof seedPruning>>;
/** Another version of `ids.datasetId`: no row has its label. */
let version: string;
let sampleId: string;
let findingsId: string;

beforeAll(async () => {
  api = await openTestApi();
  for (let i = 0; i < 3; i++) await seedPruning(api.store);
  ids = await seedPruning(api.store, 24, 6, 6);
  const reviews = [0, 1, 2, 3, 4, 5].map((ordinal) => ({
    ordinal,
    verdict: "relabel",
    label: "class-1",
  }));
  const reviewed = await api.app.inject({
    method: "POST",
    url: `/v1/datasets/${ids.datasetId}/reviews`,
    payload: { type: "rows", reviews },
  });
  expect(reviewed.statusCode, reviewed.body).toBe(200);
  const drawn = await api.app.inject({
    method: "POST",
    url: `/v1/datasets/${ids.datasetId}/review-samples`,
    payload: { pruningId: ids.pruningId, size: 20 },
  });
  expect(drawn.statusCode, drawn.body).toBe(201);
  sampleId = drawn.json<{ id: string }>().id;
  findingsId = await seedFindings(api.store, ids.crossValidationId, 6);
  version = await seedVersion(ids.datasetId);
  const url = "https://example.org/hook";
  for (let i = 0; i < 6; i++) {
    const payload = { url, description: `${i}` };
    await api.app.inject({ method: "POST", url: "/v1/webhooks", payload });
  }
  const { data } = (await api.app.inject("/v1/webhooks")).json<Page<{ id: string }>>();
  webhookId = data[0]!.id;
  for (let i = 0; i < 6; i++) {
    await api.app.inject({ method: "POST", url: `/v1/webhooks/${webhookId}/ping` });
  }
});
afterAll(() => api.close());

async function seedVersion(parent: string): Promise<string> {
  const id = await seedDataset(api.store, 24, 6);
  const keyOf = "(SELECT key FROM datasets WHERE id = $1)";
  const pool = poolOf(api.store);
  await pool.query(
    `INSERT INTO dataset_origins (dataset_key, root_key, ordinals)
     SELECT ${keyOf}, (SELECT key FROM datasets WHERE id = $2),
       string_agg(int4send(ordinal), '' ORDER BY ordinal) FROM generate_series(0, 23) ordinal`,
    [id, parent],
  );
  await pool.query(
    `UPDATE samples SET class_index = (class_index + 1) % 6 WHERE dataset_key = ${keyOf}`,
    [id],
  );
  return id;
}

const LONG_TEXT = `repeat('x', ${LONG})`;
const WARNINGS = `jsonb_build_array(jsonb_build_object('code', 'x', 'message', ${LONG_TEXT}))`;
const copies = (one: string, n: number) =>
  `(SELECT jsonb_agg(one) FROM (SELECT ${one} AS one FROM generate_series(1, ${n})) copies)`;

const growFindings = (place: string) =>
  `UPDATE findings SET finding = jsonb_set(finding, '${place}', to_jsonb(${LONG_TEXT}))`;

interface GrownList {
  readonly path: () => string;
  /** Makes each of its rows about a megabyte long. */
  readonly grow: string;
}

/** Every list, and how its rows can become long. */
const LISTS: Record<string, GrownList> = {
  listJobs: {
    path: () => "/v1/jobs",
    grow: `UPDATE jobs SET params = jsonb_build_object('x', ${LONG_TEXT})`,
  },
  listJobEvents: {
    path: () => `/v1/jobs/${ids.jobId}/events`,
    grow: `INSERT INTO job_events (job_id, type, data)
      SELECT id, 'metric', jsonb_build_object('x', ${LONG_TEXT}) FROM jobs, generate_series(1, 6)`,
  },
  listFoundConflicts: {
    path: () => `/v1/jobs/${findingsId}/findings/conflicts`,
    grow: growFindings("{rows,0,text}"),
  },
  listFoundOutliers: {
    path: () => `/v1/jobs/${findingsId}/findings/outliers`,
    grow: growFindings("{text}"),
  },
  listDatasets: { path: () => "/v1/datasets", grow: `UPDATE datasets SET name = ${LONG_TEXT}` },
  listDatasetClasses: {
    path: () => `/v1/datasets/${ids.datasetId}/classes`,
    grow: `UPDATE classes SET name = index || ${LONG_TEXT}`,
  },
  listSamples: {
    path: () => `/v1/datasets/${ids.datasetId}/samples`,
    grow: `UPDATE samples SET text = ${LONG_TEXT}`,
  },
  listRejects: {
    path: () => `/v1/datasets/${ids.datasetId}/rejects`,
    grow: `INSERT INTO rejects (dataset_id, line, reason, detail, excerpt)
      SELECT id, n, 'x', 'x', ${LONG_TEXT} FROM datasets, generate_series(1, 6) n`,
  },
  listCrossValidations: {
    path: () => "/v1/cross-validations",
    grow: `UPDATE cross_validations SET warnings = ${WARNINGS}`,
  },
  listFolds: {
    path: () => `/v1/cross-validations/${ids.crossValidationId}/folds`,
    grow: `UPDATE folds SET epochs = ${copies("epochs->0", 18_000)}`,
  },
  listDatasetDiffRows: {
    path: () => `/v1/datasets/${version}/diff/rows?against=${ids.datasetId}&`,
    grow: `UPDATE samples SET text = ${LONG_TEXT}`,
  },
  listReviews: {
    path: () => `/v1/datasets/${ids.datasetId}/reviews`,
    grow: `UPDATE classes SET name = index || ${LONG_TEXT}`,
  },
  listReviewQueue: {
    path: () => `/v1/prunings/${ids.pruningId}/queue`,
    grow: `UPDATE samples SET text = ${LONG_TEXT}`,
  },
  listReviewSampleRows: {
    path: () => `/v1/review-samples/${sampleId}/queue?state=any&`,
    grow: `UPDATE samples SET text = ${LONG_TEXT}`,
  },
  listPrunings: {
    path: () => "/v1/prunings",
    grow: `UPDATE prunings SET report = jsonb_set(report, '{warnings}', ${WARNINGS})`,
  },
  listFlags: {
    path: () => `/v1/prunings/${ids.pruningId}/flags`,
    grow: `UPDATE samples SET text = ${LONG_TEXT}`,
  },
  listPruningClasses: {
    path: () => `/v1/prunings/${ids.pruningId}/classes`,
    grow: `UPDATE prunings SET matrices = jsonb_set(matrices, '{perClass}', ${copies(
      `jsonb_build_object('index', 0, 'name', ${LONG_TEXT}, 'given', 1, 'flagged', 1, 'labelNoise', 0,
        'inverseLabelNoise', 0, 'labelQuality', 1)`,
      6,
    )})`,
  },
  listPruningPairs: {
    path: () => `/v1/prunings/${ids.pruningId}/pairs`,
    grow: `UPDATE prunings SET matrices = jsonb_set(matrices, '{pairs}', ${copies(
      `jsonb_build_object('given', ${LONG_TEXT}, 'suggested', 'x', 'joint', 0, 'examples', 0)`,
      6,
    )})`,
  },
  listAudit: { path: () => "/v1/audit", grow: `UPDATE audit_entries SET action = ${LONG_TEXT}` },
  listWebhooks: {
    path: () => "/v1/webhooks",
    grow: `UPDATE webhooks SET description = ${LONG_TEXT}`,
  },
  listWebhookDeliveries: {
    path: () => `/v1/webhooks/${webhookId}/deliveries`,
    grow: `UPDATE webhook_deliveries SET last_error = ${LONG_TEXT}`,
  },
};

/** Models are files on the disk, a few names for each of at most 255 folds; samples are numbers. */
const SHORT = ["listModels", "listReviewSamples"];

const isList = ({ responses }: Route): boolean => {
  const answer = responses[200];
  return answer instanceof z.ZodObject && "nextCursor" in answer.shape;
};

it("the lists are all lists of the contract", () => {
  const lists = Object.entries<Route>(ROUTES).filter(([, route]) => isList(route));
  expect([...Object.keys(LISTS), ...SHORT].sort()).toEqual(lists.map(([name]) => name).sort());
});

const digest = (row: unknown): string =>
  createHash("sha256").update(JSON.stringify(row)).digest("hex");

/** Every page of a list, with the bytes of each. */
async function walk(path: string, next: "cursor" | "after", limit?: number) {
  const pages: { bytes: number; data: unknown[] }[] = [];
  const query = limit === undefined ? "" : `limit=${limit}&`;
  for (let cursor: string | null = ""; cursor !== null; ) {
    const answer: LightMyRequestResponse = await api.app.inject(
      `${path}${path.includes("?") ? "" : "?"}${query}${cursor && `${next}=${cursor}`}`,
    );
    expect(answer.statusCode, answer.body.slice(0, 500)).toBe(200);
    const { data, hasMore, nextCursor }: Page<unknown> = answer.json();
    pages.push({ bytes: answer.rawPayload.byteLength, data });
    // Of events it is also set at the end.
    cursor = hasMore ? nextCursor : null;
    if (next === "cursor") expect(hasMore).toBe(nextCursor !== null);
  }
  return pages;
}

describe.each(Object.keys(LISTS))("%s", (name) => {
  it("ends its pages by bytes, and has each row once over all of them", async () => {
    const { path, grow } = LISTS[name]!;
    await poolOf(api.store).query(grow);
    const next = name === "listJobEvents" ? "after" : "cursor";
    const takesLimit = "limit" in ((ROUTES as Record<string, Route>)[name]?.query?.shape ?? {});
    const most = ["listReviewQueue", "listReviewSampleRows"].includes(name) ? 200 : 1000;
    const pages = await walk(path(), next, takesLimit ? most : undefined);
    expect(pages.length).toBeGreaterThan(1);
    for (const { bytes, data } of pages) {
      expect(data.length).toBeGreaterThan(0);
      if (data.length > 1) expect(bytes).toBeLessThan(PAGE_BYTES + 10_000);
    }
    // Full pages: none ends long before it has to.
    for (const { bytes } of pages.slice(0, -1)) expect(bytes).toBeGreaterThan(PAGE_BYTES / 3);
    const rows = pages.flatMap(({ data }) => data);
    if (!takesLimit) return;
    const one = await walk(path(), next, 1);
    expect(one.every(({ data }) => data.length === 1)).toBe(true);
    // As texts of few bytes: a difference of megabytes is not to be printed.
    expect(one.flatMap(({ data }) => data).map(digest)).toEqual(rows.map(digest));
  });
});

it("a row that is longer than a page is a page of its own", async () => {
  await poolOf(api.store).query(
    `UPDATE samples SET text = CASE ordinal % 7 WHEN 0 THEN repeat('汉', 2000000) ELSE 'short' END`,
  );
  for (const path of [LISTS.listSamples!.path(), LISTS.listFlags!.path()]) {
    const pages = await walk(path, "cursor", 1000);
    expect(Math.max(...pages.map(({ bytes }) => bytes))).toBeGreaterThan(6_000_000);
    for (const { data } of pages) {
      const texts = data.map((row) => (row as { text: string }).text);
      expect(texts.filter((text) => text !== "short").length).toBeLessThanOrEqual(1);
    }
  }
});

describe("a body", () => {
  const post = (url: string, payload: string) =>
    api.app.inject({
      method: "POST",
      url,
      payload,
      headers: { "content-type": "application/json" },
    });

  it("of a hundred thousand faults is answered with the first hundred, in few bytes", async () => {
    const name = "x";
    const source = { type: "path", path: "a.csv" };
    const many = (item: unknown) => Array(100_000).fill(item);
    for (const labels of [
      { aliases: many({}) },
      { aliases: many({ from: "", to: 1 }) },
      { aliases: many(0) },
      Object.fromEntries(many(0).map((_, i) => [`a${i}`, 0])),
    ]) {
      const answer = await post(
        "/v1/jobs/dataset-ingest",
        JSON.stringify({ name, source, labels }),
      );
      const problem = expectProblem(answer, "validation-failed");
      expect(problem.errors).toHaveLength(100);
      expect(answer.rawPayload.byteLength).toBeLessThan(100_000);
    }
    const nul = JSON.stringify(Array(10_000).fill("\0"));
    const answer = await post("/v1/jobs/cancel", `{"kind":${nul}}`);
    expect(answer.statusCode).toBe(413);
  });

  it("whose faults repeat a long name is answered in few bytes", async () => {
    const key = "k".repeat(50_000);
    const faults = { [key]: 1, [`${key}2`]: 2 };
    const answer = await post("/v1/jobs/dataset-ingest", JSON.stringify({ labels: faults }));
    expectProblem(answer, "validation-failed");
    expect(answer.rawPayload.byteLength).toBeLessThan(20_000);
  });

  it("is read up to the limit of its route, which the contract names", async () => {
    const document = (await api.app.inject("/openapi.json")).json();
    for (const [path, kib] of [
      ["/v1/webhooks", 64],
      ["/v1/jobs/cancel", 64],
      ["/v1/jobs/pruning", 1024],
      ["/v1/jobs/fold-training", 1024],
      ["/v1/jobs/dataset-ingest", 2048],
    ] as const) {
      const within = await post(path, `{"x":"${"x".repeat(kib * 1024 - 8)}"}`);
      expectProblem(within, "validation-failed");
      const over = await post(path, `{"x":"${"x".repeat(kib * 1024 - 7)}"}`);
      const { detail } = expectProblem(over, "payload-too-large");
      expect(detail).toContain(`at most ${kib * 1024} bytes`);
      const { description } = document.paths[path].post.responses["413"];
      expect(description).toContain(`above ${kib} KiB`);
    }
  });
});

describe("the joint", () => {
  it("of many classes is the same JSON as before, sent row by row", async () => {
    const k = 300;
    const row = Array.from({ length: k }, (_, i) => (i % 7) / 1e6);
    const joint = Array.from({ length: k }, (_, i) => row.map((value) => value * i));
    const classes = Array.from({ length: k }, (_, i) => `class "${i}" 汉`);
    const matrices = { classes, joint, confidentJoint: joint, perClass: [], pairs: [] };
    const write = (more: object) =>
      poolOf(api.store).query("UPDATE prunings SET matrices = $2 WHERE id = $1", [
        ids.pruningId,
        { ...matrices, ...more },
      ]);
    for (const trueJoint of [joint, null, undefined]) {
      await write(trueJoint === undefined ? {} : { trueJoint });
      const answer = await api.app.inject(`/v1/prunings/${ids.pruningId}/joint`);
      expect(answer.headers["content-type"]).toContain("application/json");
      expect(answer.headers["content-length"]).toBeUndefined();
      expect(answer.json()).toEqual({
        classes,
        confidentJoint: joint,
        joint,
        trueJoint: trueJoint ?? null,
      });
    }
    const head = await api.app.inject({
      method: "HEAD",
      url: `/v1/prunings/${ids.pruningId}/joint`,
    });
    expect([head.statusCode, head.body]).toEqual([200, ""]);
  });
});
