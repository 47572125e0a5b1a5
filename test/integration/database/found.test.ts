import { fileURLToPath } from "node:url";
import { databaseFaults, migrate } from "@winnow/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { expectProblem, openTestApi } from "../../support/api.js";
import { startApiProcess } from "../../support/api-process.js";
import { runCli } from "../../support/cli.js";
import { asAdmin } from "../../support/hostile-settings.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";

vi.setConfig({ testTimeout: 360_000 });

const migrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));

let server: TestDatabase;
const admin = (sql: string) => asAdmin(server.url, sql);

beforeAll(async () => {
  server = await createTestDatabase("migrated");
});
afterAll(() => server.drop());

function urlOf(database: string, role?: { name: string; password: string }): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  if (role) [url.username, url.password] = [role.name, role.password];
  return url.href;
}

let databases = 0;

async function withDatabaseOf<T>(options: string, use: (url: string) => Promise<T>): Promise<T> {
  const name = `found_${process.pid}_${databases++}`;
  await admin(`CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  try {
    return await use(urlOf(name));
  } finally {
    await admin(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

describe("an encoding other than UTF8", () => {
  it.each(["SQL_ASCII", "LATIN1", "EUC_JP"])("is refused: %s", async (encoding) => {
    const locale = "LOCALE_PROVIDER libc LOCALE 'C'";
    await withDatabaseOf(`ENCODING '${encoding}' ${locale}`, async (url) => {
      const refused = {
        code: "database-encoding",
        message: expect.stringMatching(`has the encoding ${encoding}.*ENCODING 'UTF8'`),
      };
      await expect(migrate(url, migrationsDir)).rejects.toMatchObject(refused);
      expect(await databaseFaults({ databaseUrl: url })).toEqual([
        { about: "encoding", sentence: refused.message },
      ]);
    });
  });

  it("ends the API at its start", async () => {
    await withDatabaseOf("ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'", async (url) => {
      const started = startApiProcess({ DATABASE_URL: url });
      await expect(started).rejects.toThrow(/ended with 1[\s\S]*has the encoding/);
    });
  });
});

describe("a role without CREATE", () => {
  const role = { name: `poor_${process.pid}`, password: "secret" };
  beforeAll(() => admin(`CREATE ROLE ${role.name} LOGIN PASSWORD '${role.password}'`));
  afterAll(() => admin(`DROP ROLE ${role.name}`));

  it("is told the GRANTs, which are enough", async () => {
    await withDatabaseOf("", async (url) => {
      const name = new URL(url).pathname.slice(1);
      const env = { DATABASE_URL: urlOf(name, role) };
      const { code, stderr } = await runCli(["migrate"], { env });
      expect(code).toBe(1);
      const grants = [...stderr.matchAll(/GRANT .+;/g)].map(([grant]) => grant);
      expect(grants).toHaveLength(2);
      expect(stderr).not.toContain("    at ");
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(grants.join("\n"));
      await client.end();
      expect((await migrate(env.DATABASE_URL, migrationsDir)).applied).not.toEqual([]);
    });
  });

  it("is told how its database is created", async () => {
    const env = { DATABASE_URL: urlOf(`absent_${process.pid}`, role) };
    await expect(migrate(env.DATABASE_URL, migrationsDir)).rejects.toMatchObject({
      code: "database-not-created",
      message: expect.stringContaining(`CREATE DATABASE "absent_${process.pid}" ENCODING 'UTF8'`),
    });
  });

  it("is told who owns the tables", async () => {
    await withDatabaseOf("", async (url) => {
      const dir = migrationsDir;
      await migrate(url, dir);
      await runSql(
        url,
        `GRANT ALL ON SCHEMA public TO ${role.name}; DELETE FROM _prisma_migrations
        WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations);
        GRANT SELECT ON _prisma_migrations TO ${role.name}`,
      );
      const env = { DATABASE_URL: urlOf(new URL(url).pathname.slice(1), role) };
      await expect(migrate(env.DATABASE_URL, migrationsDir)).rejects.toMatchObject({
        message: expect.stringMatching(/belong to the role winnow.*MIGRATION_DATABASE_URL/),
      });
    });
  });
});

async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

describe("a database that only reads", () => {
  it("serves reads, refuses writes with a 503 of its own, and is not ready", async () => {
    const api = await openTestApi();
    const name = new URL(api.databaseUrl).pathname.slice(1);
    await admin(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const second = await openTestApi({ databaseUrl: api.databaseUrl });
    const payload = { url: "https://hooks.example/winnow" };
    const refused = await second.app.inject({ method: "POST", url: "/v1/webhooks", payload });
    expectProblem(refused, "database-read-only");
    expect((await second.app.inject({ url: "/v1/datasets" })).statusCode).toBe(200);
    const ready = await second.app.inject({ url: "/readyz" });
    expect(ready.statusCode).toBe(503);
    expect(ready.json().checks).toContainEqual(
      expect.objectContaining({
        name: "postgres",
        ok: false,
        detail: expect.stringContaining("only reads"),
      }),
    );
    await expect(migrate(api.databaseUrl, migrationsDir)).rejects.toMatchObject({
      code: "database-read-only",
    });
    await admin(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await second.close();
    await api.close();
  });
});

describe("a URL", () => {
  it("whose password is not percent-encoded is told so, and no part of it is shown", async () => {
    const url = "postgresql://winnow:s3cr/et@127.0.0.1:1/w";
    const { code, stderr, stdout } = await runCli(["migrate"], { env: { DATABASE_URL: url } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/percent-encoded/);
    expect(stderr + stdout).not.toMatch(/s3cr|et@/);
    const started = startApiProcess({ DATABASE_URL: url });
    await expect(started).rejects.toThrow(/percent-encoded/);
    await expect(started).rejects.not.toThrow(/s3cr|et@/);
  });

  it("with every character percent-encoded connects", async () => {
    const role = { name: `odd_${process.pid}`, password: "p@s/s#w?o:r%d []&=+;" };
    await admin(`CREATE ROLE ${role.name} LOGIN PASSWORD ${pg.escapeLiteral(role.password)}`);
    const url = new URL(server.url);
    [url.username, url.password] = [role.name, encodeURIComponent(role.password)];
    expect(await databaseFaults({ databaseUrl: url.href })).toEqual([]);
    await admin(`DROP ROLE ${role.name}`);
  });

  it("that sets a search path is refused at the start", async () => {
    const url = `${server.url}?options=-c%20search_path%3Dmine`;
    const started = startApiProcess({ DATABASE_URL: url });
    await expect(started).rejects.toThrow("search_path");
  });

  it("may name the schema public and set what is its own", async () => {
    const url = `${server.url}?schema=public&options=-c%20work_mem%3D5MB`;
    expect(await databaseFaults({ databaseUrl: url })).toEqual([]);
    expect(await migrate(url, migrationsDir)).toEqual({ applied: [] });
  });
});

it("no column has a time without its zone", async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'`,
  );
  await client.end();
  expect(rows).toEqual([]);
});
