import { fileURLToPath } from "node:url";
import { migrate } from "@winnow/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { asAdmin } from "../../support/hostile-settings.js";
import { answersAbout, walkPipeline } from "../../support/pipeline-walk.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 480_000 });

const migrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));
const APP = `app_${process.pid}`;
const OWNER = `owner_${process.pid}`;

let fixture: WorkerFixture;
let appUrl: string;

const urlAs = (role: string): string => {
  const url = new URL(fixture.databaseUrl);
  [url.username, url.password] = [role, encodeURIComponent(`of ${role} :/?#@%`)];
  return url.href;
};

async function queryAs(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  fixture = await openWorkerFixture();
  appUrl = urlAs(APP);
  await migrate(fixture.databaseUrl, migrationsDir, undefined, { databaseUrl: appUrl });
});

afterAll(async () => {
  await fixture.stopAll();
  await queryAs(fixture.databaseUrl, `DROP OWNED BY ${APP}`);
  await asAdmin(fixture.databaseUrl, `DROP ROLE ${APP}`);
  await fixture.close();
});

describe("the role of the service", () => {
  it("is enough for everything from upload to export, and for deleting it", async () => {
    const env = { DATABASE_URL: appUrl };
    await fixture.startWorker({ ...env, WORKER_ROLES: "cpu,orchestrator,trainer" });
    const api = await fixture.startApi(env);
    const walked = await walkPipeline(api.url);
    const answers = [...(await answersAbout(api.url, walked))];
    expect(answers.filter(([, answer]) => answer.startsWith("5"))).toEqual([]);
    const made = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'partitions'";
    expect(await queryAs(fixture.databaseUrl, made)).toEqual([{ n: 2 }]);
    const gone = await fetch(`${api.url}/v1/datasets/${walked.datasets}`, { method: "DELETE" });
    expect(gone.status).toBe(204);
    expect(api.output()).not.toMatch(/"level":(50|60)/);
  });

  it("owns nothing, after it had partitions made, attached and dropped", async () => {
    const owned = `SELECT oid::regclass FROM pg_class WHERE relowner = '${APP}'::regrole
      UNION ALL SELECT oid::regclass FROM pg_proc WHERE proowner = '${APP}'::regrole`;
    expect(await queryAs(fixture.databaseUrl, owned)).toEqual([]);
  });

  it.each([
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE partitions.mine (id int)",
    "CREATE SCHEMA mine",
    "DROP TABLE public.jobs",
    "ALTER TABLE public.jobs ADD COLUMN mine int",
    "TRUNCATE public.jobs CASCADE",
    "CREATE FUNCTION partitions.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER mine BEFORE INSERT ON public.jobs EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "UPDATE public._prisma_migrations SET checksum = ''",
    "ALTER TABLE public.jobs OWNER TO CURRENT_USER",
  ])("may not %s", async (statement) => {
    await expect(queryAs(appUrl, `BEGIN; ${statement}; ROLLBACK`)).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|0LP01)$/),
    });
  });

  it.each([
    "create_table('jobs', 1, NULL)",
    "create_table('samples', -1, NULL)",
    "create_table('samples', 1, 1)",
    "drop_table('jobs', 1, NULL)",
    "drop_table('jobs; DROP TABLE public.jobs', 1, NULL)",
    "empty_table('datasets', 1)",
    "attach_table(NULL, 1, NULL)",
  ])("finds the owner's function partitions.%s closed", async (call) => {
    await expect(queryAs(appUrl, `SELECT partitions.${call}`)).rejects.toMatchObject({
      code: expect.stringMatching(/^(22023|42P01)$/),
    });
  });

  it("cannot lead the owner's functions to tables of its own", async () => {
    // Within one transaction: a table that no dataset has is swept away by a running worker.
    const columns = `SELECT count(*)::int AS n FROM pg_attribute
      WHERE attrelid = 'partitions.samples_987654'::regclass AND attname = 'secret'`;
    const client = new pg.Client({ connectionString: appUrl });
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query("CREATE TEMP TABLE samples (secret int)");
      await client.query("SET LOCAL search_path = pg_temp, public");
      await client.query("SELECT partitions.create_table('samples', 987654, NULL)");
      expect((await client.query(columns)).rows).toEqual([{ n: 0 }]);
      await client.query("ROLLBACK");
    } finally {
      await client.end();
    }
  });
});

it("nobody else may call the functions", async () => {
  const functions = `SELECT proname FROM pg_proc WHERE pronamespace = 'partitions'::regnamespace
    AND has_function_privilege('pg_monitor', oid, 'EXECUTE')`;
  expect(await queryAs(fixture.databaseUrl, functions)).toEqual([]);
});

it("every function of an owner has a fixed search path", async () => {
  const open = `SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace IN ('public'::regnamespace, 'partitions'::regnamespace)
    AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)`;
  expect(await queryAs(fixture.databaseUrl, open)).toEqual([]);
});

it("an owner without any other right migrates, and makes the service's role where it may", async () => {
  const database = `owned_${process.pid}`;
  const admin = (sql: string) => asAdmin(fixture.databaseUrl, sql);
  const password = pg.escapeLiteral(`of ${OWNER} :/?#@%`);
  await admin(`CREATE ROLE ${OWNER} LOGIN PASSWORD ${password}`);
  await admin(`CREATE DATABASE ${database} OWNER ${OWNER} TEMPLATE template0`);
  const [owner, app] = [urlAs(OWNER), urlAs(`${APP}_2`)].map((url) => {
    const at = new URL(url);
    at.pathname = `/${database}`;
    return at.href;
  }) as [string, string];
  try {
    await expect(
      migrate(owner, migrationsDir, undefined, { databaseUrl: app }),
    ).rejects.toMatchObject({
      code: "database-role",
      message: expect.stringContaining(`CREATE ROLE "${APP}_2" LOGIN`),
    });
    await admin(`CREATE ROLE ${APP}_2 LOGIN PASSWORD ${pg.escapeLiteral(`of ${APP}_2 :/?#@%`)}`);
    expect(await migrate(owner, migrationsDir, undefined, { databaseUrl: app })).toEqual({
      applied: [],
    });
    expect(await queryAs(app, "SELECT count(*)::int AS jobs FROM public.jobs")).toEqual([
      { jobs: 0 },
    ]);
    // The owner may not change the other role; the role set its own sessions.
    expect(await queryAs(app, "SHOW search_path")).toEqual([{ search_path: "public" }]);
    // And the role of the service, which owns nothing, is told who migrates.
    await expect(migrate(app, migrationsDir)).resolves.toEqual({ applied: [] });
  } finally {
    await admin(`DROP DATABASE ${database}`);
    await admin(`DROP ROLE IF EXISTS ${APP}_2; DROP ROLE ${OWNER}`);
  }
});
