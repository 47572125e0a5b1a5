import { PruningParams } from "@winnow/contracts";
import { type PruningRequest, pruningAcceptor } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { eventually } from "../../support/jobs.js";
import { makeKey } from "../../support/keys.js";
import { queueTraining, seedCrossValidation, seedDataset } from "../../support/seed-data.js";

// POSTs of prunings that come together land in one transaction; nobody may notice.

let api: TestApi;
let crossValidationId: string;

beforeAll(async () => {
  api = await openTestApi({ config: { maxOpenJobs: 20 } });
  ({ crossValidationId } = await seedCrossValidation(api.store));
});
afterAll(() => api.close());

const post = (body: object, headers: object = {}) =>
  api.app.inject({ method: "POST", url: "/v1/jobs/pruning", payload: body, headers } as {
    method: "POST";
    url: string;
  });

const requestFor = (crossValidationId: string, ownerId?: string): PruningRequest => ({
  params: PruningParams.parse({ crossValidationId }),
  ownerId,
  audit: { action: "createPruning" },
});

async function traces(jobIds: string[]) {
  const { rows } = await poolOf(api.store).query(
    `SELECT count(DISTINCT j.xmin::text)::int AS transactions, count(DISTINCT j.id)::int AS jobs,
       count(DISTINCT p.id)::int AS prunings, count(DISTINCT t.id)::int AS tasks,
       count(DISTINCT o.id)::int AS entries, count(DISTINCT e.id)::int AS events,
       count(DISTINCT a.id)::int AS audited
     FROM jobs j LEFT JOIN prunings p ON p.job_id = j.id AND p.id = j.pruning_id
     LEFT JOIN tasks t ON t.job_id = j.id LEFT JOIN outbox o ON o.task_id = t.id
     LEFT JOIN job_events e ON e.job_id = j.id
     LEFT JOIN audit_entries a ON a.resource = j.id AND a.action = 'createPruning'
     WHERE j.id = ANY($1)`,
    [jobIds],
  );
  return rows[0];
}

it("simultaneous requests share a transaction, and each gets its own answer", async () => {
  const unready = await queueTraining(api.store, await seedDataset(api.store));
  const [good, unknown, unfinished, wrong] = await Promise.all([
    Promise.all(
      Array.from({ length: 30 }, () => post({ crossValidationId, semantics: "cleanlab-2" })),
    ),
    post({ crossValidationId: id("cv") }),
    post({ crossValidationId: unready.crossValidationId }),
    post({ crossValidationId, numToRemovePerClass: [1] }),
  ]);
  expectProblem(unknown, "cross-validation-not-found");
  expectProblem(unfinished, "cross-validation-not-finished");
  expectProblem(wrong, "invalid-parameters");
  for (const answer of good) {
    expect(answer.statusCode).toBe(202);
    expect(answer.headers["retry-after"]).toBeDefined();
    // The answer is made without reading it back: it is what a GET says.
    const got = await api.app.inject({ url: answer.headers.location as string });
    expect(got.json()).toEqual(answer.json());
  }
  const all = await traces(good.map((answer) => answer.json().id));
  const { transactions, ...made } = all;
  const n = 30;
  expect(made).toEqual({ jobs: n, prunings: n, tasks: n, entries: n, events: n, audited: n });
  expect(transactions).toBeLessThan(10);
});

it("simultaneous requests cannot exceed the quota of their key", async () => {
  const { id: keyId, headers } = await makeKey(api.store, "write");
  // That there was no key is remembered for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => post({ crossValidationId }, headers)),
  );
  const accepted = answers.filter((answer) => answer.statusCode === 202);
  expect(accepted).toHaveLength(20);
  for (const answer of answers.filter((answer) => answer.statusCode !== 202)) {
    expect(expectProblem(answer, "quota-exceeded").detail).toMatch(/^The API key has 20 queued/);
  }
  const { rows } = await poolOf(api.store).query(
    "SELECT count(*)::int AS n FROM jobs WHERE owner_id = $1",
    [keyId],
  );
  expect(rows[0].n).toBe(20);
});

it("what Postgres refuses in one does not affect the others", async () => {
  const accept = pruningAcceptor(api.store, undefined);
  const ends = await Promise.allSettled(
    ["key_a", "key\u0000b", "key_c"].map((ownerId) =>
      accept(requestFor(crossValidationId, ownerId)),
    ),
  );
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const jobIds = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value.id] : []));
  expect(await traces(jobIds)).toMatchObject({ jobs: 2, tasks: 2, entries: 2, audited: 2 });
});

it("a run that is deleted in between is not found, and the others are created", async () => {
  const { crossValidationId: doomed } = await seedCrossValidation(api.store);
  const pool = poolOf(api.store);
  const deleting = await pool.connect();
  try {
    await deleting.query("BEGIN");
    await deleting.query("DELETE FROM cross_validations WHERE id = $1", [doomed]);
    // Both are still there to be read; the write waits for the end of the deletion.
    const accept = pruningAcceptor(api.store, undefined);
    const answers = Promise.allSettled(
      [doomed, crossValidationId].map((id) => accept(requestFor(id))),
    );
    await eventually("the write to wait", async () => {
      const { rows } = await pool.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
           AND wait_event_type = 'Lock' AND query LIKE 'WITH pruning%'`,
      );
      return rows.length > 0;
    });
    await deleting.query("COMMIT");
    const [gone, made] = await answers;
    expect(gone).toMatchObject({ reason: { code: "cross-validation-not-found" } });
    const jobId = made?.status === "fulfilled" ? made.value.id : "none";
    expect(await traces([jobId])).toMatchObject({ jobs: 1, tasks: 1, audited: 1 });
  } finally {
    deleting.release();
  }
});
