import type { FoundKind } from "@winnow/contracts";
import {
  deleteCrossValidation,
  deleteDataset,
  listFound,
  openStore,
  readJob,
  type Store,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { seedCrossValidation, seedFindings, seedPruning } from "../../support/seed-data.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** The places of all findings, page by page. */
async function walk(jobId: string, kind: FoundKind, limit: number): Promise<number[][]> {
  const pages: number[][] = [];
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page = await listFound(store, jobId, kind, { limit, ...(cursor && { cursor }) });
    pages.push(page.data.map((one) => ("rows" in one ? one.rows[0]!.ordinal / 2 : one.ordinal)));
    cursor = page.nextCursor;
  }
  return pages;
}

const resultOf = async (jobId: string) => (await readJob(store, jobId)).job.result as never;

it.each(["conflicts", "outliers"] as const)(
  "%s are listed page by page, each once",
  async (kind) => {
    const { crossValidationId } = await seedCrossValidation(store);
    const id = await seedFindings(store, crossValidationId, 7);
    expect(await walk(id, kind, 3)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await walk(id, kind, 1000)).toEqual([[0, 1, 2, 3, 4, 5, 6]]);
  },
);

it("of a job of an earlier version are those that its result lists", async () => {
  const { crossValidationId } = await seedCrossValidation(store);
  const id = await seedFindings(store, crossValidationId, 7);
  await poolOf(store).query("DELETE FROM findings WHERE job_id = $1", [id]);
  expect(await walk(id, "conflicts", 1)).toEqual([[0], [1]]);
  expect(await walk(id, "outliers", 1000)).toEqual([[0, 1]]);
});

it("of a job that found none are an empty list", async () => {
  const { crossValidationId } = await seedCrossValidation(store);
  expect(await walk(await seedFindings(store, crossValidationId, 0), "conflicts", 5)).toEqual([[]]);
});

it("of jobs of other kinds, and of none, are refused", async () => {
  const { jobId } = await seedPruning(store);
  const listed = (id: string) => listFound(store, id, "conflicts", { limit: 1 });
  await expect(listed(jobId)).rejects.toMatchObject({
    code: "findings-not-found",
    message: expect.stringContaining("of the kind fold-training"),
  });
  const none = "job_00000000-0000-7000-8000-000000000000";
  await expect(listed(none)).rejects.toMatchObject({ code: "job-not-found" });
});

it.each([
  [
    "run",
    (of: { crossValidationId: string }) => deleteCrossValidation(store, of.crossValidationId),
  ],
  ["dataset", (of: { datasetId: string }) => deleteDataset(store, of.datasetId)],
] as const)(
  "go with their %s, from the job's result too, where the figures stay",
  async (_, remove) => {
    const seeded = await seedCrossValidation(store);
    const id = await seedFindings(store, seeded.crossValidationId, 7);
    const other = await seedFindings(
      store,
      (await seedCrossValidation(store)).crossValidationId,
      7,
    );
    await remove(seeded);
    const { rowCount } = await poolOf(store).query("SELECT 1 FROM findings WHERE job_id = $1", [
      id,
    ]);
    expect(rowCount).toBe(0);
    expect(await resultOf(id)).toMatchObject({
      conflicts: { conflicting: 7, found: [] },
      outliers: { count: 7, found: [] },
    });
    await expect(walk(id, "outliers", 5)).rejects.toMatchObject({ code: "findings-not-found" });
    expect(await walk(other, "outliers", 10)).toEqual([[0, 1, 2, 3, 4, 5, 6]]);
  },
);
