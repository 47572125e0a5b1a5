import { describeJob, JOB_KINDS, type RetentionAges } from "@winnow/contracts";
import {
  changedAt,
  folderPath,
  freeEntry,
  partOf,
  storedPath,
  sweepFolder,
  uploadKey,
  wholeOf,
} from "@winnow/storage";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import type { Freed } from "./freed.js";

const BATCH = 200;
/** Longer than any upload takes whose file is written before its row. */
const ORPHAN_MS = 24 * 3_600_000;

type Use = "uploadsUsed" | "uploadsUnused" | "uploadsUnfinished";
const SAID: Record<Use, string> = {
  uploadsUsed: "uploads that were read into a dataset",
  uploadsUnused: "unused uploads",
  uploadsUnfinished: "incomplete uploads",
};

interface OldUpload {
  id: string;
  storage_key: string;
  use: Use;
}

/** Kinds of job that make a dataset; a cross-validation names its job. */
const DATASET_MAKERS = JOB_KINDS.filter((kind) => describeJob(kind).makes === "dataset");

const OPEN = "('queued', 'running', 'cancelling')";

const OLD = `
  WITH needed AS (SELECT DISTINCT unnest(inputs) AS id FROM jobs WHERE state IN ${OPEN}),
  used AS (
    SELECT id, max(at) AS at FROM (
      SELECT unnest(j.inputs) AS id, d.created_at AS at
        FROM datasets d JOIN jobs j ON j.dataset_id = d.id AND j.kind = ANY($3)
      UNION ALL SELECT unnest(j.inputs), c.created_at
        FROM cross_validations c JOIN jobs j ON j.id = c.job_id) refs
    GROUP BY id),
  judged AS (
    SELECT u.id, u.storage_key, greatest(u.created_at, used.at) AS at,
      CASE WHEN u.sha256 IS NULL THEN 'uploadsUnfinished' WHEN used.id IS NULL THEN 'uploadsUnused'
        ELSE 'uploadsUsed' END AS use
    FROM uploads u LEFT JOIN used ON used.id = u.id
    WHERE NOT EXISTS (SELECT 1 FROM needed n WHERE n.id = u.id))
  SELECT id, storage_key, use FROM judged
  WHERE id > $2 AND at < now() - ($1::jsonb->>use)::float8 * interval '1 millisecond'
  ORDER BY id LIMIT ${BATCH}`;

/** Deletes old uploads, rows before files, and files that no row names; or only counts them. */
export async function sweepUploads(
  store: Store,
  storageDir: string,
  ages: RetentionAges,
  dryRun: boolean,
): Promise<Freed[]> {
  const { uploadsUsed, uploadsUnused, uploadsUnfinished } = ages;
  const limits = JSON.stringify({ uploadsUsed, uploadsUnused, uploadsUnfinished });
  const sums = new Map<Use, { items: number; bytes: number }>();
  for (let after = ""; ; ) {
    const { rows } = await poolOf(store).query<OldUpload>(OLD, [limits, after, DATASET_MAKERS]);
    for (const upload of rows) {
      const path = storedPath(storageDir, upload.storage_key);
      const paths = [path, partOf(path)];
      // The last byte of one under way may be younger than its row.
      const last = Math.max(...(await Promise.all(paths.map(changedAt))).map((at) => at ?? 0));
      const age = ages[upload.use] ?? Number.POSITIVE_INFINITY;
      if (upload.use === "uploadsUnfinished" && Date.now() - last < age) continue;
      if (!dryRun && !(await withTransaction(store, (tx) => deleteRow(tx, upload.id)))) continue;
      const sum = sums.get(upload.use) ?? { items: 0, bytes: 0 };
      sum.items += 1;
      for (const path of paths) sum.bytes += await freeEntry(path, dryRun);
      sums.set(upload.use, sum);
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) break;
    after = last.id;
  }
  const uploads = [...sums].map(([kind, sum]) => ({ kind, what: SAID[kind], ...sum }));
  return [...uploads, await sweepOrphans(store, storageDir, ages, dryRun)];
}

/**
 * Locks the row, then checks again. A request that makes a job of the upload holds the row until the
 * job exists; a later one finds no upload.
 */
async function deleteRow(tx: Transaction, id: string): Promise<boolean> {
  const held = await tx.query("SELECT 1 FROM uploads WHERE id = $1 FOR UPDATE SKIP LOCKED", [id]);
  if (!held.rowCount) return false;
  const { rowCount } = await tx.query(
    `DELETE FROM uploads WHERE id = $1 AND NOT EXISTS (
       SELECT 1 FROM jobs WHERE state IN ${OPEN} AND $1 = ANY(inputs))`,
    [id],
  );
  return rowCount === 1;
}

/**
 * Removes files of uploads whose row was deleted, or never written. Whole files are removed only if
 * unused uploads are: with the wrong database beside it, every file is an orphan.
 */
async function sweepOrphans(
  store: Store,
  storageDir: string,
  { uploadsUnused }: Pick<RetentionAges, "uploadsUnused">,
  dryRun: boolean,
): Promise<Freed> {
  const keepTimes = async (names: readonly string[]) => {
    const parts = names.filter((name) => wholeOf(name) !== null);
    const times = new Map<string, number>();
    for (const name of await unnamed(store, uploadsUnused === null ? parts : names)) {
      const age = wholeOf(name) === null ? (uploadsUnused ?? Number.POSITIVE_INFINITY) : 0;
      times.set(name, Math.max(age, ORPHAN_MS));
    }
    return times;
  };
  const swept = await sweepFolder(folderPath(storageDir, "uploads"), keepTimes, dryRun);
  return { kind: "orphans", what: "files that no upload names", ...swept };
}

/** The files that no row names. The row of an upload under way names its part. */
async function unnamed(store: Store, names: readonly string[]): Promise<string[]> {
  const keys = names.map(uploadKey);
  const wholeKeys = names.map((name) => {
    const whole = wholeOf(name);
    return whole === null ? null : uploadKey(whole);
  });
  const { rows } = await poolOf(store).query<{ name: string }>(
    `SELECT f.name FROM unnest($1::text[], $2::text[], $3::text[]) f(name, key, whole_key)
     WHERE NOT EXISTS (SELECT 1 FROM uploads u WHERE u.storage_key = f.key)
       AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.storage_key = f.whole_key AND u.sha256 IS NULL)`,
    [names, keys, wholeKeys],
  );
  return rows.map(({ name }) => name);
}

/**
 * Removes what uploads left behind when their process was killed. Resumable uploads stay until their
 * retention age. Returns the number of files removed.
 */
export async function removeAbandonedUploads(store: Store, storageDir: string): Promise<number> {
  return (await sweepOrphans(store, storageDir, { uploadsUnused: null }, false)).items;
}
