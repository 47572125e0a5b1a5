import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ProbabilityImportParams } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import { createProbabilityImport, insertUpload, newId, withTransaction } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import pg from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually, makeCsv, postIngest, succeeded } from "../support/jobs.js";
import { openKillableFixture } from "../support/worker-fixture.js";
import { type Chaos, chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 600_000 });

const KILLS = scaled({ full: 20, short: 2 });
const ROWS = scaled({ full: 60_000, short: 20_000 });
const CLASSES = 4;

let fixture: Awaited<ReturnType<typeof openKillableFixture>>;
let datasetId: string;
let uploadId: string;

beforeAll(async () => {
  fixture = await openKillableFixture();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const job = await succeeded(fixture.store, await postIngest(fixture, makeCsv(ROWS, CLASSES)));
  datasetId = job.datasetId as string;
  uploadId = await storeProbabilities();
});

afterAll(async () => {
  await fixture.close();
});

async function storeProbabilities(): Promise<string> {
  const id = newId("upload");
  const values = new Float32Array(ROWS * CLASSES).fill(1 / CLASSES);
  const header = npyHeader({ dtype: "float32", shape: [ROWS, CLASSES] });
  const bytes = Buffer.concat([header, Buffer.from(values.buffer)]);
  await writeFile(join(fixture.storageDir, id), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const upload = { id, bytes: bytes.length, sha256, storageKey: id, filename: null };
  await insertUpload(fixture.store, upload);
  return id;
}

/** The two kinds of COPY: a dataset's samples, a run's probabilities. */
const COPIES = {
  samples: () => postIngest(fixture, makeCsv(ROWS, CLASSES)),
  fold_probabilities: () => {
    const params = ProbabilityImportParams.parse({ datasetId, probabilitiesUploadId: uploadId });
    return withTransaction(fixture.store, (tx) => createProbabilityImport(tx, params));
  },
};

/** Rows of the job's output that other connections see. */
async function visibleRows(table: keyof typeof COPIES, jobId: string): Promise<number> {
  const { rows } = await poolOf(fixture.store).query<{ n: number }>(
    table === "samples"
      ? `SELECT count(*)::int AS n FROM samples s JOIN datasets d ON d.key = s.dataset_key
         JOIN jobs j ON j.dataset_id = d.id WHERE j.id = $1`
      : `SELECT count(*)::int AS n FROM fold_probabilities p
         JOIN cross_validations c ON c.key = p.cross_validation_key
         JOIN jobs j ON j.cross_validation_id = c.id WHERE j.id = $1`,
    [jobId],
  );
  return rows[0]?.n ?? 0;
}

/** Waits until a COPY has come as far as `rows`; null if it was over before the first look. */
async function copyUnderWay(rows: number, isOver: () => Promise<boolean>): Promise<number | null> {
  const watcher = new pg.Client({ connectionString: fixture.databaseUrl });
  watcher.on("error", () => {});
  await watcher.connect();
  try {
    for (;;) {
      const found = await watcher.query<{ n: number }>(
        `SELECT tuples_processed::int AS n FROM pg_stat_progress_copy
         WHERE command = 'COPY FROM' AND tuples_processed >= $1`,
        [rows],
      );
      if (found.rows[0]) return found.rows[0].n;
      if (await isOver()) return null;
    }
  } finally {
    // The kill that follows may come before the goodbye.
    watcher.end().catch(() => {});
  }
}

/** Ends Postgres as a power cut, or as an administrator in a hurry, and starts it again. */
async function strike(chaos: Chaos): Promise<void> {
  const { postgres } = fixture.services;
  if (chaos.below(2) === 0) await postgres.kill();
  else await postgres.stop();
  await chaos.moment(0, 1_000);
  await postgres.start();
}

it("Postgres restarts mid-COPY: the rows are all there or none, and the task succeeds", async (context) => {
  const chaos = chaosOf(context);
  const tables = Object.keys(COPIES) as (keyof typeof COPIES)[];
  let [kills, looks, between, missed] = [0, 0, 0, 0];
  while (kills < KILLS) {
    const table = tables[kills % tables.length]!;
    const jobId = await COPIES[table]();
    const isOver = async () => {
      const { rows } = await poolOf(fixture.store).query(
        "SELECT 1 FROM jobs WHERE id = $1 AND state = 'succeeded'",
        [jobId],
      );
      return rows.length > 0;
    };
    if ((await copyUnderWay(chaos.between(1, ROWS / 2), isOver)) === null) {
      // Over before it could be struck: no harm, no figure.
      missed += 1;
      if (missed > 3 * KILLS) throw new Error("the COPY is never seen under way");
      continue;
    }
    await strike(chaos);
    kills += 1;
    // From the first moment on, and while the task is done again.
    const rows = await eventually("all rows", async () => {
      const seen = await visibleRows(table, jobId).catch(() => null);
      if (seen === null) return false;
      looks += 1;
      if (seen !== 0 && seen !== ROWS) between += 1;
      await sleep(10);
      return seen === ROWS && seen;
    });
    expect(rows).toBe(ROWS);
    await succeeded(fixture.store, jobId);
    expect(await visibleRows(table, jobId)).toBe(ROWS);
    chaos.tell({ kills, "rows each": ROWS, looks, "neither 0 nor all": between });
  }
  expect(between).toBe(0);
});
