import { PINNED_SETTINGS, PINNED_WHERE_KNOWN } from "@winnow/contracts";
import pg from "pg";
import { type DatabaseUrls, sessionConfig, sessionUrl } from "./connection.js";
import { MigrationError } from "./migration-error.js";
import { scramVerifier } from "./scram.js";

/**
 * Gives a role, by default the connection's own, the settings of its sessions in this database, so
 * that it has them behind a pooler, too. They outrank those of the server, the database and the role.
 */
export async function pinRole(client: pg.ClientBase, role?: string): Promise<void> {
  const { rows } = await client.query<{ role: string; database: string; known: string[] }>(
    `SELECT coalesce($1, current_user) AS role, current_database() AS database,
       (SELECT array_agg(lower(name)) FROM pg_settings WHERE lower(name) = ANY($2)
          AND NOT EXISTS (SELECT 1 FROM pg_db_role_setting s, unnest(s.setconfig) entry
            WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND s.setrole = (SELECT oid FROM pg_roles WHERE rolname = coalesce($1, current_user))
              AND lower(entry) = lower(name) || '=' || lower($3::jsonb ->> lower(name)))) AS known`,
    [role ?? null, Object.keys(PINNED), JSON.stringify(PINNED)],
  );
  const [found] = rows;
  if (!found?.known) return;
  const where = `ALTER ROLE ${pg.escapeIdentifier(found.role)} IN DATABASE ${pg.escapeIdentifier(found.database)}`;
  const all = found.known.map(
    (name) => `${where} SET ${name} = ${pg.escapeLiteral(PINNED[name as keyof typeof PINNED])}`,
  );
  await client.query(all.join("; "));
}

const PINNED = { ...PINNED_SETTINGS, ...PINNED_WHERE_KNOWN };

/**
 * Lets the service's role work on the tables of the connection's, which owns them: it reads and writes
 * rows, and makes and drops partitions by the owner's functions alone. A role that does not exist is
 * created. Where the two are one role, nothing changes.
 */
export async function prepareApp(owner: pg.Client, app: DatabaseUrls): Promise<void> {
  const { username, password } = new URL(sessionUrl(app));
  const role = decodeURIComponent(username);
  const { rows } = await owner.query<{ owner: string; database: string; exists: boolean }>(
    `SELECT current_user AS owner, current_database() AS database,
       EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS exists`,
    [role],
  );
  const { owner: own, database, exists } = rows[0]!;
  if (role === "" || role === own) return;
  if (!exists) await createRole(owner, role, decodeURIComponent(password));
  await assertOwnsNothing(owner, role);
  await owner.query(grantsTo(pg.escapeIdentifier(role), pg.escapeIdentifier(database)));
  try {
    await pinRole(owner, role);
  } catch (error) {
    if ((error as { code?: string }).code !== "42501") throw error;
    await pinByItself(app); // every role may set its own
  }
}

async function createRole(owner: pg.Client, role: string, password: string): Promise<void> {
  const name = pg.escapeIdentifier(role);
  const secret = password === "" ? "" : ` PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`;
  try {
    await owner.query(`CREATE ROLE ${name} LOGIN${secret}`);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "42710" || code === "23505") return; // another process created it meanwhile
    if (code !== "42501") throw error;
    throw new MigrationError(
      "database-role",
      `The role ${role} of DATABASE_URL does not exist, and the migrating role may not create it. As an administrator, run:\nCREATE ROLE ${name} LOGIN PASSWORD '...';`,
      { cause: error },
    );
  }
}

/** What it owns it could drop, whatever it is granted. */
async function assertOwnsNothing(owner: pg.Client, role: string): Promise<void> {
  const { rows } = await owner.query<{ table: string; count: number }>(
    `SELECT min(c.oid::regclass::text) AS table, count(*)::int AS count FROM pg_class c
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace IN ('public'::regnamespace, to_regnamespace('partitions'))
       AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = $1)`,
    [role],
  );
  const { table, count } = rows[0]!;
  if (count === 0) return;
  throw new MigrationError(
    "database-role",
    `The role ${role} of DATABASE_URL owns ${count} tables (${table}), which the role of MIGRATION_DATABASE_URL should own. Let ${role} migrate, and name another role, which need not exist, in DATABASE_URL; or, as an administrator, run in the database: REASSIGN OWNED BY ${pg.escapeIdentifier(role)} TO the migrating role.`,
  );
}

/** Rows of all tables but the record of migrations; no DDL. */
const grantsTo = (role: string, database: string): string => `
  GRANT CONNECT ON DATABASE ${database} TO ${role};
  GRANT USAGE ON SCHEMA public, partitions TO ${role};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, partitions TO ${role};
  REVOKE INSERT, UPDATE, DELETE ON public._prisma_migrations FROM ${role};
  GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA partitions TO ${role};
  ALTER DEFAULT PRIVILEGES IN SCHEMA partitions GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
  REVOKE CREATE ON SCHEMA public FROM PUBLIC`;

async function pinByItself(app: DatabaseUrls): Promise<void> {
  const client = new pg.Client(sessionConfig(sessionUrl(app), "winnow-migrate"));
  client.on("error", () => {}); // a broken connection fails the query that meets it
  try {
    await client.connect();
    await pinRole(client);
  } finally {
    await client.end().catch(() => {});
  }
}
