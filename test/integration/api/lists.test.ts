import type { CrossValidation, Page, Pruning } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { queueTraining, seedPruning } from "../../support/seed-data.js";

let api: TestApi;
/** Two finished pipelines, the older one first. */
let seeded: Awaited<ReturnType<typeof seedPruning>>[];
let training: Awaited<ReturnType<typeof queueTraining>>;

beforeAll(async () => {
  api = await openTestApi();
  seeded = [await seedPruning(api.store), await seedPruning(api.store)];
  training = await queueTraining(api.store, seeded[0]!.datasetId);
});
afterAll(() => api.close());

async function list<T>(path: string): Promise<Page<T>> {
  const answer = await api.app.inject(path);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Page<T>>();
}

describe.each([
  ["/v1/cross-validations", () => seeded.map((one) => one.crossValidationId)],
  ["/v1/prunings", () => seeded.map((one) => one.pruningId)],
] as const)("%s", (path, idsOf) => {
  const idsAt = async (query: string) =>
    (await list<{ id: string }>(`${path}?${query}`)).data.map((item) => item.id);

  it("lists every item once, newest first, for any page size, as its own GET returns it", async () => {
    const whole = await list<{ id: string }>(path);
    expect(whole.data.map((item) => item.id)).toEqual(
      expect.arrayContaining([...idsOf()].reverse()),
    );
    expect(whole.data.map((item) => item.id)).toEqual(
      whole.data
        .map((item) => item.id)
        .sort()
        .reverse(),
    );
    for (const item of whole.data) {
      expect((await api.app.inject(`${path}/${item.id}`)).json()).toEqual(item);
    }
    for (const limit of [1, 2]) {
      const seen: { id: string }[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: Page<{ id: string }> = await list(
          `${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`,
        );
        expect(page.data.length).toBeLessThanOrEqual(limit);
        expect(page.hasMore).toBe(page.nextCursor !== null);
        seen.push(...page.data);
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(whole.data);
    }
  });

  it("filters by dataset, state and job, alone and together", async () => {
    const [older, newer] = idsOf();
    const jobOf = async (item: string) => (await api.app.inject(`${path}/${item}`)).json().jobId;
    expect(await idsAt(`datasetId=${seeded[1]!.datasetId}`)).toEqual([newer]);
    expect(await idsAt(`datasetId=${seeded[0]!.datasetId}&state=ready`)).toEqual([older]);
    expect(await idsAt(`jobId=${await jobOf(older!)}`)).toEqual([older]);
    expect(await idsAt(`jobId=${await jobOf(older!)}&datasetId=${seeded[1]!.datasetId}`)).toEqual(
      [],
    );
    expect(await idsAt(`datasetId=${id("ds")}`)).toEqual([]);
    expectProblem(await api.app.inject(`${path}?state=done`), "validation-failed");
    expectProblem(await api.app.inject(`${path}?kind=pruning`), "validation-failed");
  });
});

it("a training that has not ended is in the list of cross-validations", async () => {
  const { data } = await list<CrossValidation>("/v1/cross-validations?state=training");
  expect(data.map((run) => run.id)).toEqual([training.crossValidationId]);
});

it("prunings are filtered by their cross-validation, and carry no matrices", async () => {
  const path = `/v1/prunings?crossValidationId=${seeded[0]!.crossValidationId}`;
  const { data } = await list<Pruning>(path);
  expect(data).toMatchObject([{ id: seeded[0]!.pruningId, datasetId: seeded[0]!.datasetId }]);
});

describe("a cursor", () => {
  /** Every list in pages, with two pages at least; the second of a pair differs in one thing. */
  const lists = () => {
    const [older, newer] = seeded.map((one) => ({
      dataset: `/v1/datasets/${one.datasetId}`,
      flags: `/v1/prunings/${one.pruningId}/flags`,
    }));
    return [
      "/v1/jobs?",
      "/v1/jobs?kind=dataset-ingest",
      "/v1/jobs?state=succeeded",
      "/v1/datasets?",
      "/v1/cross-validations?",
      "/v1/cross-validations?state=ready",
      `/v1/cross-validations?datasetId=${seeded[0]!.datasetId}`,
      "/v1/prunings?",
      "/v1/prunings?state=ready",
      `${older!.dataset}/samples?`,
      `${newer!.dataset}/samples?`,
      `${older!.dataset}/classes?`,
      `${newer!.dataset}/classes?`,
      `${older!.flags}?`,
      `${newer!.flags}?`,
      `${older!.flags}?order=ordinal`,
      `${older!.flags}?given=class-0`,
      `${older!.flags}?suggested=class-1`,
    ].map((path) => `${path}&limit=1`.replace("?&", "?"));
  };

  it("continues its own list, at any page size", async () => {
    for (const path of lists()) {
      const { nextCursor } = await list<unknown>(path);
      expect(nextCursor, path).toMatch(/^[\w-]+$/);
      await list(`${path}&cursor=${nextCursor}`);
      await list(`${path.replace("limit=1", "limit=7")}&cursor=${nextCursor}`);
    }
  });

  it("of another list, of other filters or of another order is invalid-cursor", async () => {
    const paths = lists();
    const cursors = await Promise.all(
      paths.map(async (path) => (await list<unknown>(path)).nextCursor),
    );
    for (const [i, path] of paths.entries()) {
      for (const [j, cursor] of cursors.entries()) {
        if (i === j) continue;
        const answer = await api.app.inject(`${path}&cursor=${cursor}`);
        const { detail, errors } = expectProblem(answer, "invalid-cursor");
        expect(detail, `${paths[j]} at ${path}`).toContain("other filters");
        expect(errors.map((error) => error.pointer)).toEqual(["/query/cursor"]);
      }
    }
  });

  it("that was cut, changed or made up is invalid-cursor", async () => {
    const { nextCursor } = await list<unknown>("/v1/datasets?limit=1");
    const made = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString("base64url");
    const old = made([seeded[1]!.datasetId]);
    for (const cursor of [nextCursor!.slice(0, -3), `x${nextCursor}`, old, made(null), "", "%00"]) {
      expectProblem(await api.app.inject(`/v1/datasets?cursor=${cursor}`), "invalid-cursor");
    }
  });
});
