import pg from "pg";
import { encodingFault } from "./checks.js";
import { sessionConfig } from "./connection.js";
import { MigrationError } from "./migration-error.js";
import { poolerInTheWay } from "./pooling.js";

/** Connects, and creates the database if it does not exist. Throws MigrationError where it will not do. */
export async function openForMigration(databaseUrl: string): Promise<pg.Client> {
  const client = await connectOrCreate(databaseUrl);
  try {
    const { rows } = await client.query<{ encoding: string; name: string; reads: string }>(
      `SELECT current_setting('server_encoding') AS encoding, current_database() AS name,
         current_setting('transaction_read_only') AS reads`,
    );
    const { encoding, name, reads } = rows[0]!;
    if (encoding !== "UTF8") {
      throw new MigrationError("database-encoding", encodingFault(name, encoding));
    }
    if (reads === "on") {
      throw new MigrationError(
        "database-read-only",
        `The database ${name} only reads: it is a standby, or default_transaction_read_only is on. Migrate the primary, or reset the setting.`,
      );
    }
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Throws MigrationError, with what an administrator has to run, where the role lacks a right. */
export async function assertMayMigrate(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{
    role: string;
    database: string;
    inSchema: boolean;
    inDatabase: boolean;
    owner: string | null;
  }>(
    `SELECT current_user AS role, current_database() AS database,
       has_schema_privilege('public', 'CREATE') AND has_schema_privilege('public', 'USAGE') AS "inSchema",
       to_regnamespace('partitions') IS NOT NULL
         OR has_database_privilege(current_database(), 'CREATE') AS "inDatabase",
       (SELECT rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE c.oid = to_regclass('public.jobs') AND NOT pg_has_role(c.relowner, 'USAGE')) AS owner`,
  );
  const { role, database, inSchema, inDatabase, owner } = rows[0]!;
  if (owner !== null) {
    throw new MigrationError(
      "database-privileges",
      `The tables of the database ${database} belong to the role ${owner}, and ${role} may not change them: migrate as ${owner} (MIGRATION_DATABASE_URL).`,
    );
  }
  const grantee = pg.escapeIdentifier(role);
  const grants = [
    inSchema ? [] : [`GRANT CREATE, USAGE ON SCHEMA public TO ${grantee};`],
    inDatabase ? [] : [`GRANT CREATE ON DATABASE ${pg.escapeIdentifier(database)} TO ${grantee};`],
  ].flat();
  if (grants.length === 0) return;
  throw new MigrationError(
    "database-privileges",
    `The role ${role} may not create tables in the database ${database}. As its owner or an administrator, run in it:\n${grants.join("\n")}`,
  );
}

async function connectOrCreate(databaseUrl: string): Promise<pg.Client> {
  try {
    return await connect(databaseUrl);
  } catch (error) {
    if (!hasCode(error, "3D000")) throw error; // 3D000: no such database
    await createDatabase(databaseUrl);
    return await connect(databaseUrl);
  }
}

async function createDatabase(databaseUrl: string): Promise<void> {
  const name = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
  const maintenance = new URL(databaseUrl);
  maintenance.pathname = "/postgres";
  const admin = await connect(maintenance.href);
  const create = `CREATE DATABASE ${admin.escapeIdentifier(name)} ENCODING 'UTF8' TEMPLATE template0`;
  try {
    await admin.query(create).catch((error) => {
      if (!hasCode(error, "22023")) throw error;
      // The server's locale is of another encoding.
      return admin.query(`${create} LC_COLLATE 'C' LC_CTYPE 'C'`);
    });
  } catch (creating) {
    if (hasCode(creating, "42501")) {
      const role = admin.escapeIdentifier(decodeURIComponent(new URL(databaseUrl).username));
      throw new MigrationError(
        "database-not-created",
        `The database ${name} does not exist, and this role may not create it. As an administrator, run:\n${create} OWNER ${role};`,
        { cause: creating },
      );
    }
    // 42P04, 23505: another process created it meanwhile.
    if (!hasCode(creating, "42P04") && !hasCode(creating, "23505")) throw creating;
  } finally {
    await admin.end();
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const pooler = await poolerInTheWay(databaseUrl);
  if (pooler !== null) {
    throw new MigrationError(
      "database-pooled",
      `The URL leads to Postgres through ${pooler}, and a migration needs one: set DIRECT_DATABASE_URL, or MIGRATION_DATABASE_URL, to the address of Postgres itself.`,
    );
  }
  const client = new pg.Client(sessionConfig(databaseUrl, "winnow-migrate"));
  client.on("error", () => {}); // a broken connection fails the query that meets it
  await client.connect();
  return client;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
