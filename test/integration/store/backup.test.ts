import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type BackupManifest,
  deleteDataset,
  listSamples,
  openStore,
  readCrossValidation,
  readProbabilityBlocks,
  restoreBackup,
  type Store,
  writeBackup,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { postIngest } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  FOLD_METRICS,
  mustClaim,
  predictionsFor,
  queueIngest,
  queueTraining,
  seedDataset,
  seedPruning,
} from "../../support/seed-data.js";

// Long, since every promise of a backup is shown on the same backed-up place.

// A busy machine takes some seconds for each new database.
vi.setConfig({ testTimeout: 360_000 });

const migrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));
const storeModule = new URL("../../../packages/store/dist/index.js", import.meta.url).href;

const databases: TestDatabase[] = [];
let folder: string;
let source: { url: string; storageDir: string; store: Store };
let whole: string;
let manifest: BackupManifest;
let fresh = 0;

const never = new AbortController().signal;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-backup-"));
  const url = await database("migrated");
  const store = openStore({ databaseUrl: url, applicationName: "test" });
  const storageDir = join(folder, "storage");
  mkdirSync(join(storageDir, "uploads"), { recursive: true });
  source = { url, storageDir, store };
  await seedPruning(store, 60);
  await seedPruning(store, 33, 5);
  const dropped = await seedDataset(store, 10);
  await deleteDataset(store, dropped);
  await postIngest(source, "id,text,label,truth\n1,a,b,c\n");
  // Under way: some of its bytes have come.
  await poolOf(store).query(
    "INSERT INTO uploads (id, bytes, storage_key) VALUES ('up_part', 100, 'uploads/up_part')",
  );
  writeFileSync(join(storageDir, "uploads", "up_part.part"), "the first bytes");
  whole = join(folder, "whole");
  manifest = await writeBackup({ databaseUrl: url, storageDir, target: whole, signal: never });
}, 360_000);

afterAll(async () => {
  await source.store.close();
  for (const each of databases) await each.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function database(kind: "empty" | "migrated" = "empty"): Promise<string> {
  const made = await createTestDatabase(kind);
  databases.push(made);
  return made.url;
}

/** A new empty place to restore into. */
async function place(kind: "empty" | "migrated" = "empty") {
  fresh += 1;
  return { databaseUrl: await database(kind), storageDir: join(folder, `restored-${fresh}`) };
}

const restore = (
  from: string,
  where: { databaseUrl: string; storageDir: string },
  migrations = migrationsDir,
) => restoreBackup({ ...where, source: from, migrationsDir: migrations, signal: never });

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const TABLES = `SELECT c.relname AS name FROM pg_class c WHERE c.relkind IN ('r', 'p')
  AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('_prisma_migrations', 'deployment') ORDER BY 1`;

/** Every row of every table as text, floats and bytes to the last bit. */
async function contentOf(url: string): Promise<Record<string, string[]>> {
  const tables = await query<{ name: string }>(url, TABLES);
  const content: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(
      url,
      `SELECT t::text AS row FROM "${name}" t ORDER BY 1`,
    );
    content[name] = rows.map(({ row }) => row);
  }
  return content;
}

const sequencesOf = (url: string) =>
  query(
    url,
    "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1",
  );

const expectUntouched = async (where: { databaseUrl: string; storageDir: string }) => {
  expect(await query(where.databaseUrl, TABLES)).toEqual([]);
  expect(existsSync(where.storageDir)).toBe(false);
};

/** A copy of the whole backup to be damaged. */
function copyOfBackup(): string {
  fresh += 1;
  const copy = join(folder, `copy-${fresh}`);
  cpSync(whole, copy, { recursive: true });
  return copy;
}

describe("a backup", () => {
  it("restored into an empty database is equal in every row, partition, sequence and file", async () => {
    const where = await place();
    await restore(whole, where);
    expect(await contentOf(where.databaseUrl)).toEqual(await contentOf(source.url));
    expect(await sequencesOf(where.databaseUrl)).toEqual(await sequencesOf(source.url));
    const partitions =
      "SELECT relname FROM pg_class WHERE relnamespace = 'partitions'::regnamespace AND relkind = 'r' ORDER BY 1";
    expect(await query(where.databaseUrl, partitions)).toEqual(await query(source.url, partitions));
    const filesIn = (dir: string) =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), "utf8")])
        .sort();
    expect(filesIn(where.storageDir)).toEqual(filesIn(source.storageDir));
    expect(filesIn(where.storageDir)).toHaveLength(2);
    for (const entry of readdirSync(where.storageDir, { recursive: true, withFileTypes: true })) {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      expect(mode & 0o777, entry.name).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }

    // It lives: new keys do not meet the old ones.
    const store = openStore({ databaseUrl: where.databaseUrl, applicationName: "test" });
    await seedPruning(store, 30);
    await store.close();
  });

  it("lists what it contains, and only its owner can read it", () => {
    const held = Object.fromEntries(
      manifest.tables.filter(({ rows }) => rows > 0).map(({ path, rows }) => [path, rows]),
    );
    expect(held["tables/samples_1.copy"]).toBe(60);
    expect(held["tables/fold_probabilities_2.copy"]).toBe(33);
    expect(manifest.missing).toEqual([]);
    expect(statSync(whole).mode & 0o777).toBe(0o700);
    for (const entry of readdirSync(whole, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o077;
      expect(mode, entry.name).toBe(0);
    }
  });

  it("is restored into a migrated database that is empty, and into none that has a row", async () => {
    const migrated = await place("migrated");
    await restore(whole, migrated);
    expect(await contentOf(migrated.databaseUrl)).toEqual(await contentOf(source.url));

    const before = await contentOf(migrated.databaseUrl);
    const again = restore(whole, { ...migrated, storageDir: join(folder, "elsewhere") });
    await expect(again).rejects.toMatchObject({ code: "database-not-empty" });
    expect(await contentOf(migrated.databaseUrl)).toEqual(before);
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  it("does not overwrite stored files", async () => {
    const where = await place();
    const [file] = manifest.files;
    const path = join(where.storageDir, file?.path as string);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "somebody else's");
    await expect(restore(whole, where)).rejects.toMatchObject({ code: "storage-not-empty" });
    expect(readFileSync(path, "utf8")).toBe("somebody else's");
    expect(await query(where.databaseUrl, TABLES)).toEqual([]);
  });

  it("is not written from the storage folder of another installation", async () => {
    const storageDir = join(folder, "another's");
    mkdirSync(storageDir);
    const target = join(folder, "of-nothing");
    const making = writeBackup({ databaseUrl: source.url, storageDir, target, signal: never });
    await expect(making).rejects.toMatchObject({
      code: "storage-missing",
      message: expect.stringContaining(storageDir),
    });
    expect(existsSync(target)).toBe(false);
  });

  it("is not written where something exists", async () => {
    const { url: databaseUrl, storageDir } = source;
    const target = join(folder, "taken");
    mkdirSync(target);
    await expect(
      writeBackup({ databaseUrl, storageDir, target, signal: never }),
    ).rejects.toMatchObject({ code: "backup-exists" });
    expect(readdirSync(target)).toEqual([]);
  });
});

describe("a damaged backup is refused before anything is written:", () => {
  const pathOf = (part: string) =>
    manifest.tables.find(({ path }) => path.includes(part))?.path ?? "";
  it.each<[string, (copy: string) => void, string]>([
    [
      "a byte changed in a table",
      (copy) => flip(join(copy, pathOf("samples_1"))),
      "backup-damaged",
    ],
    ["a byte changed in a file", (copy) => flip(firstFile(copy)), "backup-damaged"],
    ["a table cut off", (copy) => truncateSync(join(copy, pathOf("jobs.")), 50), "backup-damaged"],
    [
      "bytes appended to a table",
      (copy) => appendFileSync(join(copy, pathOf("flags")), "x"),
      "backup-damaged",
    ],
    [
      "a table gone",
      (copy) => rmSync(join(copy, pathOf("fold_probabilities_2"))),
      "backup-damaged",
    ],
    [
      "a byte changed in the manifest",
      (copy) => flip(join(copy, "manifest.json")),
      "backup-damaged",
    ],
    [
      "the manifest cut off",
      (copy) => truncateSync(join(copy, "manifest.json"), 900),
      "backup-damaged",
    ],
    ["no manifest", (copy) => rmSync(join(copy, "manifest.json")), "not-a-backup"],
    [
      "no checksum of the manifest",
      (copy) => rmSync(join(copy, "manifest.sha256")),
      "not-a-backup",
    ],
  ])("%s", async (_, harm, code) => {
    const copy = copyOfBackup();
    harm(copy);
    const where = await place();
    await expect(restore(copy, where)).rejects.toMatchObject({ code });
    await expectUntouched(where);
  });

  function flip(path: string): void {
    const bytes = readFileSync(path);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(path, bytes);
  }
  const firstFile = (copy: string) => join(copy, "files", manifest.files[0]?.path as string);
});

it("a restore that is interrupted leaves no row and no file, and can be repeated", async () => {
  const where = await place();
  const stopping = new AbortController();
  const broken = restoreBackup({
    ...where,
    source: whole,
    migrationsDir,
    signal: stopping.signal,
    onProgress: (what, done) => {
      if (what === "tables" && done === 8) stopping.abort(new Error("pulled the plug"));
    },
  });
  await expect(broken).rejects.toThrow();
  const rows = Object.values(await contentOf(where.databaseUrl)).flat();
  expect(rows).toEqual([]);
  const left = readdirSync(where.storageDir, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
  await restore(whole, where);
  expect(await contentOf(where.databaseUrl)).toEqual(await contentOf(source.url));
});

it("a backup of an older version is restored and then migrated; of a newer one refused", async () => {
  const later = join(folder, "later-migrations");
  cpSync(migrationsDir, later, { recursive: true });
  mkdirSync(join(later, "29990101000000_later"));
  writeFileSync(
    join(later, "29990101000000_later", "migration.sql"),
    "ALTER TABLE jobs ADD COLUMN later TEXT; UPDATE jobs SET later = 'moved';\n" +
      "ALTER TABLE jobs ALTER COLUMN later SET NOT NULL;",
  );
  const where = await place();
  await restore(whole, where, later);
  const jobs = await query<{ later: string }>(where.databaseUrl, "SELECT later FROM jobs");
  expect(jobs.length).toBeGreaterThan(5);
  expect(new Set(jobs.map((job) => job.later))).toEqual(new Set(["moved"]));

  const newer = join(folder, "newer");
  const { databaseUrl, storageDir } = where;
  await writeBackup({ databaseUrl, storageDir, target: newer, signal: never });
  const other = await place();
  await expect(restore(newer, other)).rejects.toMatchObject({ code: "backup-of-newer-version" });
  await expectUntouched(other);
});

it("a backup taken while datasets are made and deleted is of one moment", async () => {
  const { store, url: databaseUrl, storageDir } = source;
  let stop = false;
  let deleted = 0;
  const busy = Promise.all(
    [0, 1, 2].map(async () => {
      const made: string[] = [];
      while (!stop) {
        await queueIngest(store);
        made.push(await seedDataset(store, 200));
        const oldest = made.length > 2 ? made.shift() : undefined;
        if (!oldest) continue;
        try {
          await deleteDataset(store, oldest);
          deleted += 1;
        } catch (error) {
          expect(error).toMatchObject({ code: "dataset-in-use" });
          made.unshift(oldest);
        }
      }
    }),
  );
  let most = 0;
  try {
    for (let i = 0; i < 3; i++) {
      const target = join(folder, `busy-${i}`);
      const taken = await writeBackup({ databaseUrl, storageDir, target, signal: never });
      const where = await place();
      await restore(target, where);
      const torn = await query(
        where.databaseUrl,
        `SELECT d.id FROM datasets d WHERE d.state = 'ready'
           AND d.rows <> (SELECT count(*) FROM samples s WHERE s.dataset_key = d.key)
         UNION ALL SELECT t.id FROM tasks t JOIN jobs j ON j.id = t.job_id
           WHERE j.state = 'succeeded' AND t.state <> 'succeeded'`,
      );
      expect(torn).toEqual([]);
      const copied = taken.tables.filter(({ table, rows }) => table === "samples" && rows === 200);
      most = Math.max(most, copied.length);
    }
  } finally {
    stop = true;
    await busy;
  }
  expect(most).toBeGreaterThan(0);
  expect(deleted).toBeGreaterThan(20);
});

it("a backup that waits for a deletion to end delays nobody who reads or writes", async () => {
  const { store, url: databaseUrl, storageDir } = source;
  const [doomed, other] = [await seedDataset(store, 10), await seedDataset(store, 20)];
  const reader = new pg.Client({ connectionString: databaseUrl });
  await reader.connect();
  try {
    await reader.query("BEGIN");
    const { rows } = await reader.query("SELECT key FROM datasets WHERE id = $1", [doomed]);
    await reader.query(`LOCK TABLE partitions.samples_${rows[0].key} IN ACCESS SHARE MODE`);
    // The deletion waits for the reader, and the backup for the deletion.
    let open = true;
    const deletion = deleteDataset(store, doomed).finally(() => {
      open = false;
    });
    const refused = expect(deletion).rejects.toMatchObject({ code: "dataset-in-use" });
    await waiting(databaseUrl, "relation");
    const target = join(folder, "patient");
    const backup = writeBackup({ databaseUrl, storageDir, target, signal: never });
    await waiting(databaseUrl, "advisory");
    expect((await listSamples(store, other, { limit: 100 })).data).toHaveLength(20);
    const young = await seedDataset(store, 15);
    expect((await listSamples(store, young, { limit: 100 })).data).toHaveLength(15);
    expect(open).toBe(true);
    await refused;
    const { tables } = await backup;
    expect(tables.find(({ path }) => path.endsWith(`samples_${rows[0].key}.copy`))?.rows).toBe(10);
  } finally {
    await reader.end();
  }
});

it("a run whose last fold arrives while its vote is copied ends soon, and is unfinished in the backup", async () => {
  const { store, url: databaseUrl, storageDir } = source;
  const { jobId, crossValidationId } = await queueTraining(store, await seedDataset(store, 30));
  const doFold = async (fold: number) => {
    const held = await mustClaim(store, jobId, fold);
    await writeFold(store, held, predictionsFor(fold, 3, 30, 3), FOLD_METRICS);
  };
  await doFold(0);
  await doFold(1);
  let ending: Promise<void> | undefined;
  const taken = await writeBackup({
    databaseUrl,
    storageDir,
    target: join(folder, "voting"),
    signal: never,
    onProgress: () => {
      ending ??= doFold(2);
    },
  });
  await ending;
  expect((await readCrossValidation(store, crossValidationId)).state).toBe("ready");
  expect(taken.tables[0]).toMatchObject({ epoch: 1, rows: 20 });

  const where = await place();
  await restore(join(folder, "voting"), where);
  const there = openStore({ databaseUrl: where.databaseUrl, applicationName: "test" });
  try {
    expect((await readCrossValidation(there, crossValidationId)).state).toBe("training");
    const held = await mustClaim(there, jobId, 2);
    await writeFold(there, held, predictionsFor(2, 3, 30, 3), FOLD_METRICS);
    expect((await readCrossValidation(there, crossValidationId)).state).toBe("ready");
    const rows = async (db: Store) => {
      const seen = [];
      for await (const { probs } of readProbabilityBlocks(db, crossValidationId, 3))
        seen.push(...probs);
      return seen;
    };
    expect(await rows(there)).toEqual(await rows(store));
  } finally {
    await there.close();
  }
});

/** Until a connection waits for a lock of the kind. */
async function waiting(url: string, locktype: string): Promise<void> {
  const look = `SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = '${locktype}'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  while ((await query(url, look)).length === 0) await sleep(20);
}

it("a dataset cannot be deleted while it is copied: a 409 after some seconds, later it can", async () => {
  const id = await seedDataset(source.store, 10);
  const reader = new pg.Client({ connectionString: source.url });
  await reader.connect();
  await reader.query("BEGIN");
  const { rows } = await reader.query("SELECT key FROM datasets WHERE id = $1", [id]);
  await reader.query(`LOCK TABLE partitions.samples_${rows[0].key} IN ACCESS SHARE MODE`);
  await expect(deleteDataset(source.store, id)).rejects.toMatchObject({ code: "dataset-in-use" });
  await reader.end();
  await deleteDataset(source.store, id);
  const left = await query(source.url, `SELECT 1 FROM samples WHERE dataset_key = ${rows[0].key}`);
  expect(left).toEqual([]);
});

it("150 MB of probabilities take no more memory than 3 MB, in backup and restore", async () => {
  const peak = async (rows: number): Promise<{ out: number; in: number }> => {
    const { databaseUrl, storageDir } = await place("migrated");
    await query(
      databaseUrl,
      `CREATE TABLE partitions.fold_probabilities_1 (LIKE fold_probabilities INCLUDING ALL);
       ALTER TABLE fold_probabilities ATTACH PARTITION partitions.fold_probabilities_1 FOR VALUES IN (1);
       INSERT INTO fold_probabilities SELECT 1, i, 0, 0, 0, 0.5, decode(repeat('3f', 3000), 'hex')
       FROM generate_series(1, ${rows}) i`,
    );
    const target = join(folder, `large-${rows}`);
    const there = await place();
    const script = (call: string) =>
      `import { restoreBackup, writeBackup } from ${JSON.stringify(storeModule)};
       const signal = new AbortController().signal;
       await ${call};
       console.log(process.resourceUsage().maxRSS);`;
    const back = JSON.stringify({ databaseUrl, storageDir, target });
    const forth = JSON.stringify({ ...there, source: target, migrationsDir });
    const out = await runScript(script(`writeBackup({ ...${back}, signal })`));
    const into = await runScript(script(`restoreBackup({ ...${forth}, signal })`));
    rmSync(target, { recursive: true });
    return { out: out / 1024, in: into / 1024 };
  };
  const small = await peak(1_000);
  const large = await peak(50_000);
  console.log("peak memory in MB", { small, large });
  expect(large.out).toBeLessThan(small.out + 50);
  expect(large.in).toBeLessThan(small.in + 50);
});

async function runScript(text: string): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = Buffer.concat(await child.stdout.toArray()).toString();
  if (child.exitCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(0);
  expect(Number(said)).toBeGreaterThan(0);
  return Number(said);
}
