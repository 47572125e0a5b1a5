import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isTerminal, ProbabilityImportParams } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import {
  createProbabilityImport,
  insertUpload,
  newId,
  relayOutbox,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { Queue } from "bullmq";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { jobOf, makeCsv, postIngest, postTraining, succeeded } from "../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const ROUNDS = scaled({ full: 5, short: 1 });
const COPIES = scaled({ full: [2, 5], short: [5] });
const ROWS = scaled({ full: 600, short: 120 });
const CLASSES = 3;

let fixture: WorkerFixture;
const queues = new Map<string, Queue>();

beforeAll(async () => {
  fixture = await openWorkerFixture();
  // No orchestrator: the test itself moves the outbox, an entry several times.
  const roles = { WORKER_ROLES: "cpu,trainer", CPU_CONCURRENCY: "5", TRAINER_CONCURRENCY: "3" };
  await Promise.all([fixture.startWorker(roles), fixture.startWorker(roles)]);
});

afterAll(async () => {
  await Promise.all([...queues.values()].map((queue) => queue.close()));
  await fixture.close();
});

function queueNamed(name: string): Queue {
  const { hostname: host, port, password } = new URL(fixture.redisUrl);
  const connection = { host, port: Number(port), password: decodeURIComponent(password) };
  const queue = queues.get(name) ?? new Queue(name, { connection, prefix: fixture.prefix });
  queues.set(name, queue);
  return queue;
}

/** Puts every due entry of the outbox on its queue `copies` times, under ids of their own. */
async function deliver(copies: number): Promise<number> {
  let entries = 0;
  const add = async (due: readonly { queue: string; payload: { taskId: string } }[]) => {
    for (const { queue, payload } of due) {
      const copy = (n: number) => ({
        name: queue,
        data: payload,
        opts: { jobId: `${newId("task")}-${n}` },
      });
      await queueNamed(queue).addBulk(Array.from({ length: copies }, (_, n) => copy(n)));
      entries += copies;
    }
  };
  await relayOutbox(fixture.store, add);
  return entries;
}

async function postImport(datasetId: string): Promise<string> {
  const id = newId("upload");
  const values = Float32Array.from({ length: ROWS * CLASSES }, (_, i) =>
    i % CLASSES === Math.floor(i / CLASSES) % CLASSES ? 0.8 : 0.1,
  );
  const header = npyHeader({ dtype: "float32", shape: [ROWS, CLASSES] });
  const bytes = Buffer.concat([header, Buffer.from(values.buffer)]);
  await writeFile(join(fixture.storageDir, id), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await insertUpload(fixture.store, {
    id,
    bytes: bytes.length,
    sha256,
    storageKey: id,
    filename: null,
  });
  const params = ProbabilityImportParams.parse({ datasetId, probabilitiesUploadId: id });
  return withTransaction(fixture.store, (tx) => createProbabilityImport(tx, params));
}

/** A file to its flags, and imported probabilities, every task delivered `copies` times at once. */
async function wholeRun(copies: number) {
  let entries = 0;
  const toItsEnd = async (jobId: string) => {
    while (!isTerminal((await jobOf(fixture.store, jobId)).state)) entries += await deliver(copies);
    return succeeded(fixture.store, jobId);
  };
  const ingest = await toItsEnd(await postIngest(fixture, makeCsv(ROWS, CLASSES)));
  const datasetId = ingest.datasetId as string;
  const training = await toItsEnd(await postTraining(fixture.store, datasetId, { pruning: {} }));
  await toItsEnd(training.result?.pruningJobId as string);
  const imported = await toItsEnd(await postImport(datasetId));
  const runs = [training.crossValidationId, imported.crossValidationId];
  return { entries, tables: await tablesOf(datasetId, runs as string[]) };
}

/** All rows that the tasks made, without ids and times. */
async function tablesOf(datasetId: string, runs: readonly string[]) {
  const rowsOf = async (sql: string, values: unknown[]) =>
    (await poolOf(fixture.store).query<{ row: string }>(sql, values)).rows.map(({ row }) => row);
  const run = (key: string) => `${key} IN (SELECT key FROM cross_validations WHERE id = ANY($1))`;
  return {
    samples: await rowsOf(
      `SELECT (to_jsonb(s) - 'dataset_key' - 'id')::text AS row FROM samples s
       JOIN datasets d ON d.key = s.dataset_key WHERE d.id = $1 ORDER BY s.ordinal`,
      [datasetId],
    ),
    classes: await rowsOf(
      `SELECT (to_jsonb(c) - 'dataset_id')::text AS row FROM classes c WHERE dataset_id = $1
       ORDER BY index`,
      [datasetId],
    ),
    rejects: await rowsOf(
      "SELECT concat_ws('|', line, reason, detail) AS row FROM rejects WHERE dataset_id = $1 ORDER BY 1",
      [datasetId],
    ),
    probabilities: await rowsOf(
      `SELECT concat_ws('|', ordinal, fold, given, argmax, self_confidence, encode(probs, 'hex')) AS row
       FROM fold_probabilities WHERE ${run("cross_validation_key")}
       ORDER BY array_position($1, (SELECT id FROM cross_validations
         WHERE key = cross_validation_key)), ordinal`,
      [runs],
    ),
    folds: await rowsOf(
      `SELECT concat_ws('|', fold, train_rows, test_rows, accuracy, loss) AS row FROM folds
       WHERE cross_validation_id = ANY($1) ORDER BY fold`,
      [runs],
    ),
    flags: await rowsOf(
      `SELECT (to_jsonb(f) - 'pruning_key')::text AS row FROM flags f JOIN prunings p
       ON p.key = f.pruning_key WHERE p.cross_validation_id = ANY($1) ORDER BY f.rank`,
      [runs],
    ),
  };
}

it("duplicate delivery is harmless: the tables are as if every task had come once", async (context) => {
  const chaos = chaosOf(context);
  const once = await wholeRun(1);
  expect(once.tables.samples).toHaveLength(ROWS);
  expect(once.tables.probabilities).toHaveLength(2 * ROWS);
  expect(once.tables.flags.length).toBeGreaterThan(0);
  const rows = Object.values(once.tables).reduce((sum, table) => sum + table.length, 0);
  let deliveries = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    for (const copies of COPIES) {
      const { entries, tables } = await wholeRun(copies);
      deliveries += entries;
      expect(tables, `delivered ${copies} times`).toEqual(once.tables);
      chaos.tell({ rounds: round, copies: COPIES.join(" and "), deliveries, "rows each": rows });
    }
  }
  const { rows: doubled } = await poolOf(fixture.store).query(
    `SELECT job_id FROM job_events WHERE type = 'state' AND data->>'state' = 'succeeded'
     GROUP BY job_id HAVING count(*) > 1`,
  );
  chaos.tell({ doubled: doubled.length });
  expect(doubled).toEqual([]);
});
