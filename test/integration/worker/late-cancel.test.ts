import { requestCancel, type Transaction } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, eventually, jobOf, makeCsv, postIngest } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 540_000 });

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  // The default intervals: a task that its worker forgets would stay for over a minute.
  await fixture.startPatientWorker({ WORKER_ROLES: "cpu,orchestrator" });
});

afterAll(() => fixture.close());

/** Locks the job and waits until a writer, with its rows written, waits to end the task. */
const untilWritten = (tx: Transaction): Promise<unknown> =>
  eventually("a write to wait for the job", async () => {
    const { rows } = await tx.query(
      `SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       WHERE l.granted AND l.mode = 'RowExclusiveLock' AND c.relname = 'classes'
         AND EXISTS (SELECT 1 FROM pg_locks w WHERE w.pid = l.pid AND NOT w.granted)`,
    );
    return rows.length > 0;
  });

it("an ingest that commits just after the cancel is cancelled at once", async () => {
  const jobId = await postIngest(fixture, makeCsv(60_000));
  // Announced before the first row is read; from here to the commit no query needs the job's row.
  await eventually("the file to be read", async () => {
    return (await jobOf(fixture.store, jobId)).phase === "reading";
  });
  await requestCancel(fixture.store, jobId, async (tx) => void (await untilWritten(tx)));
  expect((await ended(fixture.store, jobId, 10_000)).state).toBe("cancelled");
});
