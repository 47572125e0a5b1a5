import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatasetIngestParams, DEFAULT_RETENTION, type RetentionAges } from "@winnow/contracts";
import {
  appendEvent,
  countedEpochs,
  createDatasetIngest,
  createRetry,
  deleteDataset,
  type Freed,
  insertUpload,
  listFolds,
  listQueuedTasks,
  newId,
  openStore,
  relayOutbox,
  requestCancel,
  type Store,
  sweepOld,
  withTransaction,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { openQueues } from "@winnow/worker";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { postIngest } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { addressOf, createTestRedis } from "../../support/redis.js";
import {
  FOLD_METRICS,
  mustClaim,
  predictionsFor,
  queueIngest,
  queueTraining,
  seedDataset,
  seedPruning,
} from "../../support/seed-data.js";

// Long, since every kind of what goes is made by the same few helpers.

// The command is a process of its own, started several times.
vi.setConfig({ testTimeout: 360_000 });

const DAY_MS = 86_400_000;
let database: TestDatabase;
let store: Store;
let storageDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});

beforeEach(async () => {
  storageDir = mkdtempSync(join(tmpdir(), "winnow-retention-"));
  await poolOf(store).query(
    "TRUNCATE jobs, datasets, uploads, idempotency_keys, webhooks, audit_entries CASCADE",
  );
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** Every kind has an age. */
const ALL_AGES: RetentionAges = {
  ...DEFAULT_RETENTION,
  uploadsUsed: 30 * DAY_MS,
  uploadsUnused: 7 * DAY_MS,
  events: 90 * DAY_MS,
  webhookDeliveries: 30 * DAY_MS,
  audit: 365 * DAY_MS,
};

const sweep = (ages: Partial<RetentionAges> = {}, dryRun = false): Promise<Freed[]> =>
  sweepOld(store, storageDir, { ...ALL_AGES, ...ages }, dryRun);

/** Kind -> how many went. */
const counted = (freed: Freed[]) =>
  Object.fromEntries(freed.map(({ kind, items }) => [kind, items]));

function put(path: string, ageDays: number, bytes = 10): void {
  const whole = join(storageDir, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, Buffer.alloc(bytes));
  const at = new Date(Date.now() - ageDays * DAY_MS);
  for (const touched of [whole, dirname(whole)]) utimesSync(touched, at, at);
}

/** An upload as the API leaves it, made so many days ago. */
async function upload(ageDays: number, { whole = true, bytes = 1000 } = {}): Promise<string> {
  const id = newId("upload");
  const sha256 = whole ? "0".repeat(64) : null;
  await insertUpload(store, {
    id,
    bytes,
    sha256,
    storageKey: `uploads/${id}`,
    filename: null,
  });
  await poolOf(store).query(
    "UPDATE uploads SET created_at = now() - $2 * interval '1 day' WHERE id = $1",
    [id, ageDays],
  );
  put(whole ? `uploads/${id}` : `uploads/${id}.part`, ageDays, bytes);
  return id;
}

async function usedBy(
  uploadId: string,
  state: "ready" | "failed",
  ageDays: number,
): Promise<string> {
  const id = await seedDataset(store, 10);
  await poolOf(store).query(
    `UPDATE datasets SET state = $2, source = $3, created_at = now() - $4 * interval '1 day'
     WHERE id = $1`,
    [id, state, JSON.stringify({ type: "upload", uploadId }), ageDays],
  );
  await poolOf(store).query(
    "UPDATE jobs SET inputs = ARRAY[$2] WHERE dataset_id = $1 AND kind = 'dataset-ingest'",
    [id, uploadId],
  );
  return id;
}

const has = async (id: string) =>
  (await poolOf(store).query("SELECT 1 FROM uploads WHERE id = $1", [id])).rowCount === 1;
const files = () => readdirSync(join(storageDir, "uploads")).sort();

it("by default nothing is deleted that a person may ask for again, however old", async () => {
  await usedBy(await upload(900), "ready", 900);
  await upload(900);
  put("uploads/up_of-no-row", 900);
  await seedPruning(store, 30);
  await poolOf(store).query(
    `UPDATE jobs SET created_at = now() - interval '900 days', finished_at = now() - interval '900 days';
     UPDATE job_events SET created_at = now() - interval '900 days';
     INSERT INTO audit_entries (action, outcome, created_at)
       VALUES ('deleteDataset', 'done', now() - interval '900 days');
     INSERT INTO webhooks (id, url, secret) VALUES ('wh_1', 'https://a.test', 'whsec_x');
     INSERT INTO webhook_deliveries (id, webhook_id, type, body, state, finished_at)
       SELECT state, 'wh_1', 'ping', '{}', state, now() - interval '900 days'
       FROM unnest('{delivered,dead}'::text[]) state`,
  );
  expect(await sweepOld(store, storageDir, DEFAULT_RETENTION)).toEqual([]);
  expect(files()).toHaveLength(3);
  // The same with every age set, so that there was something to go.
  expect(Object.keys(counted(await sweep())).sort()).toEqual(
    ["audit", "events", "orphans", "uploadsUnused", "uploadsUsed", "webhookDeliveries"].sort(),
  );
});

describe("uploads", () => {
  it("are deleted by the age of their use, together with their files", async () => {
    const [used, freshlyUsed, unused, young] = [
      await upload(60),
      await upload(60),
      await upload(8),
      await upload(2),
    ];
    await usedBy(used, "ready", 40);
    await usedBy(freshlyUsed, "failed", 3);
    const shown = await sweep({}, true);
    expect(counted(shown)).toEqual({ uploadsUsed: 1, uploadsUnused: 1 });
    expect(files()).toHaveLength(4);
    const freed = await sweep();
    expect(freed).toEqual(shown);
    expect(freed.map(({ bytes }) => bytes)).toEqual([1000, 1000]);
    expect(files()).toEqual([freshlyUsed, young].sort());
    expect(await Promise.all([used, freshlyUsed, unused, young].map(has))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(await sweep()).toEqual([]);
  });

  it("are deleted unfinished when no byte arrived for long, not when their row is old", async () => {
    const [left, going] = [await upload(30, { whole: false }), await upload(30, { whole: false })];
    put(`uploads/${going}.part`, 1);
    expect(counted(await sweep())).toEqual({ uploadsUnfinished: 1 });
    expect(await has(left)).toBe(false);
    expect(files()).toEqual([`${going}.part`]);
  });

  it("of a job that has not ended stay, however old", async () => {
    mkdirSync(storageDir, { recursive: true });
    await postIngest({ store, storageDir }, "id,text,label,truth\n1,a,b,c\n");
    await poolOf(store).query("UPDATE uploads SET created_at = now() - interval '900 days'");
    await poolOf(store).query("UPDATE datasets SET created_at = now() - interval '900 days'");
    expect(await sweep()).toEqual([]);
    const { rows } = await poolOf(store).query("SELECT id FROM jobs");
    await requestCancel(store, rows[0].id);
    expect(counted(await sweep())).toEqual({ uploadsUsed: 1 });
    // A retry says so at once instead of failing later.
    const retry = withTransaction(store, (tx) => createRetry(tx, rows[0].id));
    await expect(retry).rejects.toMatchObject({ code: "upload-not-found" });
  });

  it("that a request is just using are locked until its job exists", async () => {
    const id = await upload(60);
    await withTransaction(store, async (tx) => {
      const source = { type: "upload", uploadId: id };
      const format = { type: "csv" };
      await createDatasetIngest(tx, DatasetIngestParams.parse({ name: "n", source, format }));
      expect(await sweep()).toEqual([]);
    });
    // Then the job needs it.
    expect(await sweep()).toEqual([]);
    await poolOf(store).query("DELETE FROM datasets WHERE source ->> 'uploadId' = $1", [id]);
    await poolOf(store).query("DELETE FROM jobs WHERE params -> 'source' ->> 'uploadId' = $1", [
      id,
    ]);
    expect(counted(await sweep())).toEqual({ uploadsUnused: 1 });
  });

  it("files without a row are deleted: partial ones after a day, complete ones like unused uploads", async () => {
    await upload(1);
    put("uploads/up_nobody", 8);
    put("uploads/up_nobody-yet", 2);
    put("uploads/up_nobody-else.part", 2);
    put("uploads/up_being-stored.part", 0);
    expect(counted(await sweep({ uploadsUnused: null }))).toEqual({ orphans: 1 });
    expect(counted(await sweep())).toEqual({ orphans: 1 });
    expect(files()).toHaveLength(3);
  });

  it("without an age stay", async () => {
    await upload(900);
    await upload(900, { whole: false });
    await usedBy(await upload(900), "ready", 900);
    const off = { uploadsUsed: null, uploadsUnused: null, uploadsUnfinished: null };
    expect(await sweep(off)).toEqual([]);
    expect(files()).toHaveLength(3);
  });
});

describe("caches", () => {
  it("checkpoints of ended folds are deleted by age, those of open ones never", async () => {
    const { jobId } = await queueTraining(store, await seedDataset(store, 12));
    const { rows } = await poolOf(store).query("SELECT id FROM tasks WHERE job_id = $1", [jobId]);
    const open = rows[0].id;
    put(`checkpoints/${open}/00000001-1.checkpoint`, 100, 500);
    put("checkpoints/task_old/00000001-1.checkpoint", 8, 500);
    put("checkpoints/task_young/00000001-1.checkpoint", 1, 500);
    const shown = await sweep({}, true);
    expect(shown).toMatchObject([{ kind: "checkpoints", items: 1, bytes: 500 }]);
    expect(await sweep()).toEqual(shown);
    expect(readdirSync(join(storageDir, "checkpoints")).sort()).toEqual(
      [open, "task_young"].sort(),
    );
    await requestCancel(store, jobId);
    expect(counted(await sweep())).toEqual({ checkpoints: 1 });
  });

  it("tokens are deleted by their last use; those of a deleted dataset at once", async () => {
    const [kept, gone] = [await seedDataset(store, 12), await seedDataset(store, 12)];
    put(`tokens/${kept}-ab.tokens`, 1);
    put(`tokens/${gone}-ab.tokens`, 1);
    put(`tokens/${kept}-cd.tokens`, 8);
    put(`tokens/${kept}-ef.tokens.12.part`, 2);
    put("downloads/left", 2);
    await deleteDataset(store, gone);
    expect(counted(await sweep())).toEqual({ tokens: 3, downloads: 1 });
    expect(readdirSync(join(storageDir, "tokens"))).toEqual([`${kept}-ab.tokens`]);
  });

  it("vectors of an encoder are deleted by its last use", async () => {
    put("encoded/used", 29);
    put("encoded/left", 31);
    put("encoded/left-static", 31);
    expect(counted(await sweep())).toEqual({ encoded: 2 });
    expect(readdirSync(join(storageDir, "encoded"))).toEqual(["used"]);
  });

  it("an empty storage folder is no fault", async () => {
    rmSync(storageDir, { recursive: true });
    expect(await sweep()).toEqual([]);
  });
});

describe("leftovers of runs", () => {
  it("models of deleted runs are deleted, and of finished runs those of epochs that do not count", async () => {
    const { crossValidationId } = await seedPruning(store, 30);
    const { crossValidationId: open } = await queueTraining(store, await seedDataset(store, 12));
    const [counts] = await countedEpochs(store, crossValidationId);
    const model = (run: string, epoch: number, days: number) => {
      put(`models/${run}/fold-${counts?.fold}/epoch-${epoch}/model.safetensors`, days, 700);
      const at = new Date(Date.now() - days * DAY_MS);
      utimesSync(join(storageDir, "models", run), at, at);
    };
    model(crossValidationId, counts?.epoch as number, 90);
    model(crossValidationId, 98, 0);
    model(open, 1, 90);
    model("cv_of-nobody", 1, 2);
    model("cv_being-deleted", 1, 0);
    const shown = await sweep({}, true);
    expect(shown).toMatchObject([{ kind: "models", items: 2, bytes: 1400 }]);
    expect(await sweep()).toEqual(shown);
    expect(readdirSync(join(storageDir, "models")).sort()).toEqual(
      [crossValidationId, open, "cv_being-deleted"].sort(),
    );
    expect(await sweep()).toEqual([]);
  });

  it("tables of votes are dropped once their run has ended; those that a retry would reuse by age", async () => {
    const { jobId, crossValidationId } = await queueTraining(store, await seedDataset(store, 30));
    const held = await mustClaim(store, jobId, 0);
    await writeFold(store, held, predictionsFor(0, 3, 30, 3), FOLD_METRICS);
    const tables = async () =>
      (await poolOf(store).query("SELECT 1 FROM pg_tables WHERE tablename ~ '_e[0-9]+$'")).rowCount;
    expect(await sweep()).toEqual([]);
    await requestCancel(store, jobId);
    expect(await sweep()).toEqual([]);
    await poolOf(store).query("UPDATE jobs SET finished_at = now() - interval '8 days'");
    expect(await sweep({ checkpoints: null })).toEqual([]);
    const shown = await sweep({ outbox: null }, true);
    expect(shown).toMatchObject([{ kind: "votes", items: 1, bytes: expect.any(Number) }]);
    expect(shown[0]?.bytes).toBeGreaterThan(0);
    expect(await tables()).toBeGreaterThan(0);
    expect(await sweep({ outbox: null })).toEqual(shown);
    expect(await tables()).toBe(0);
    expect((await listFolds(store, crossValidationId)).map((fold) => fold.finishedAt)).toEqual([
      null,
      null,
      null,
    ]);
  });
});

it("a deleted dataset's upload is deleted by the next sweep", async () => {
  const id = await upload(10);
  const datasetId = await usedBy(id, "ready", 9);
  expect(await sweep()).toEqual([]);
  await deleteDataset(store, datasetId);
  expect(counted(await sweep())).toEqual({ uploadsUnused: 1 });
  expect(existsSync(join(storageDir, "uploads", id))).toBe(false);
});

describe("rows", () => {
  it("events are deleted by the age of their job, those of open jobs never", async () => {
    await seedPruning(store, 30);
    const running = await queueIngest(store);
    await mustClaim(store, running);
    await appendEvent(store, running, "log", { message: "so far" });
    const { rows: ended } = await poolOf(store).query(
      "SELECT id FROM jobs WHERE state = 'succeeded'",
    );
    await poolOf(store).query(
      `INSERT INTO job_events (job_id, type, data)
       SELECT $1, 'log', '{}' FROM generate_series(1, 5000)`,
      [ended[0].id],
    );
    await poolOf(store).query(
      `UPDATE jobs SET created_at = now() - interval '100 days',
         finished_at = CASE WHEN finished_at IS NOT NULL THEN now() - interval '91 days' END`,
    );
    await poolOf(store).query("UPDATE job_events SET created_at = now() - interval '100 days'");
    const countOf = async (jobId: string) =>
      (await poolOf(store).query("SELECT 1 FROM job_events WHERE job_id = $1", [jobId])).rowCount;
    const before = await countOf(running);
    const shown = await sweep({ outbox: null }, true);
    expect(shown).toMatchObject([{ kind: "events", bytes: expect.any(Number) }]);
    expect(shown[0]?.items).toBeGreaterThan(5_000);
    expect(counted(await sweep({ outbox: null }))).toEqual(counted(shown));
    expect(await countOf(running)).toBe(before);
    expect(await countOf(ended[0].id)).toBe(0);
  });

  it("a sent outbox row is deleted, except the one by which a queued task is found again", async () => {
    const waiting = await queueIngest(store);
    const cancelled = await queueIngest(store);
    await requestCancel(store, cancelled);
    await relayOutbox(store, async () => {});
    await poolOf(store).query("UPDATE outbox SET sent_at = now() - interval '30 days'");
    await queueIngest(store); // not sent yet
    expect(counted(await sweep())).toEqual({ outbox: 1 });
    const found = await listQueuedTasks(store, 1_000);
    const { rows } = await poolOf(store).query("SELECT id FROM tasks WHERE job_id = $1", [waiting]);
    expect(found.map(({ taskId }) => taskId)).toEqual([rows[0].id]);
    expect((await poolOf(store).query("SELECT 1 FROM outbox")).rowCount).toBe(2);
  });

  it("idempotency keys and ended deliveries are deleted, pending ones never", async () => {
    await poolOf(store).query(
      `INSERT INTO idempotency_keys (key, route, body_hash, status, response, created_at)
       SELECT 'k' || h, '', '', 200, '{}', now() - h * interval '1 hour' FROM unnest('{1,23,25,99}'::int[]) h;
       INSERT INTO webhooks (id, url, secret) VALUES ('wh_1', 'https://a.test', 'whsec_x');
       INSERT INTO webhook_deliveries (id, webhook_id, type, body, state, finished_at)
       SELECT state || d, 'wh_1', 'ping', '{}', state,
         CASE state WHEN 'pending' THEN NULL ELSE now() - d * interval '1 day' END
       FROM unnest('{pending,delivered,dead}'::text[]) state, unnest('{1,29,31,400}'::int[]) d`,
    );
    expect(counted(await sweep())).toEqual({ idempotencyKeys: 2, webhookDeliveries: 4 });
    const left = await poolOf(store).query("SELECT key FROM idempotency_keys ORDER BY 1");
    expect(left.rows.map(({ key }) => key)).toEqual(["k1", "k23"]);
  });
});

it("ended queue entries are removed from Redis by their age, waiting ones stay", async () => {
  const { url: redisUrl, prefix: queuePrefix } = await createTestRedis();
  const address = addressOf(redisUrl);
  const queues = await openQueues(address, { prefix: queuePrefix }, () => {});
  const entry = {
    queue: "pruning",
    payload: { jobId: newId("job"), taskId: newId("task"), delivery: 1 },
  };
  await queues.add([entry]);
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const worker = new Worker("pruning", async () => {}, { connection, prefix: queuePrefix });
  await once(worker, "completed");
  await worker.close();
  connection.disconnect();
  const later = { ...entry, payload: { ...entry.payload, taskId: newId("task") } };
  await queues.add([later]);
  expect(await queues.removeEnded(60_000)).toBe(0);
  expect(await queues.removeEnded(0)).toBe(1);
  expect(await queues.hasEntry("pruning", later.payload.taskId, 1)).toBe(true);
  await queues.close();
  address.close();
});

describe("winnow gc", () => {
  const env = () => ({ DATABASE_URL: database.url, STORAGE_DIR: storageDir });

  it("shows what would be deleted and changes nothing; with --free it deletes", async () => {
    await upload(8, { bytes: 2_500_000 });
    const kept = await runCli(["gc"], { env: env() });
    expect(kept.stdout).toContain("nothing to free");
    expect(kept.stdout).toMatch(/kept at any age[^:]*:[\s\S]*^ {2}RETENTION_UPLOADS_UNUSED$/m);
    const aged = { ...env(), RETENTION_UPLOADS_UNUSED: "7d" };
    const shown = await runCli(["gc"], { env: aged });
    expect(shown.stdout).toMatch(/unused uploads +1 +2\.5 MB/);
    expect(shown.stdout).toContain("--free");
    expect(files()).toHaveLength(1);
    const freed = await runCli(["gc", "--free", "--json"], { env: aged });
    expect(JSON.parse(freed.stdout)).toMatchObject({ freed: true, bytes: 2_500_000 });
    expect(files()).toEqual([]);
  });

  it("refuses a storage folder that does not exist, since it is hardly the service's", async () => {
    const STORAGE_DIR = join(storageDir, "elsewhere");
    const refused = await runCli(["gc", "--free"], { env: { ...env(), STORAGE_DIR } });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("STORAGE_DIR");
  });

  it.each([
    ["RETENTION_EVENTS", "thirty days"],
    ["RETENTION_IDEMPOTENCY_KEYS", "1h"],
  ])("%s=%s is refused by name", async (name, value) => {
    const refused = await runCli(["gc"], { env: { ...env(), [name]: value } });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(name);
  });
});
