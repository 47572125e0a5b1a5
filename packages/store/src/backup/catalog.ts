import type pg from "pg";
import { stagedBy } from "../cross-validations/epoch-staging.js";
import { isPartitioned } from "../database/partitions.js";

/** What a snapshot copies: a table, one partition of a table, or the rows of an epoch in a vote. */
export interface CopiedTable {
  readonly table: string;
  readonly partitionKey: number | null;
  readonly epoch: number | null;
  /** Quoted and with its schema, fit for SQL. */
  readonly relation: string;
  readonly columns: readonly string[];
  /** Where its rows lie, as the snapshot sees it; TRUNCATE puts them elsewhere. */
  readonly filenode: string;
}

interface Relation {
  table: string;
  schema: string;
  name: string;
  columns: string[];
  filenode: string;
}

/** How the migrations' own record is called; it is made again, not copied. */
export const MIGRATIONS_TABLE = "_prisma_migrations";

/** What a database is called; another one has another name. */
const IDENTITY_TABLE = "deployment";

/** Every table of ours, whatever a migration will add, parents before those that refer to them. */
export async function listTables(db: pg.ClientBase): Promise<CopiedTable[]> {
  const { rows } = await db.query<Relation>(
    `SELECT coalesce(parent.relname, c.relname) AS table, n.nspname AS schema, c.relname AS name,
       c.relfilenode::text AS filenode,
       (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attgenerated = '') AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     LEFT JOIN pg_class parent ON parent.oid = i.inhparent
     WHERE c.relkind = 'r' AND c.relname <> ALL ($1)
       AND (n.nspname = 'public' AND i.inhparent IS NULL
         OR i.inhparent IS NOT NULL AND parent.relnamespace = 'public'::regnamespace
         OR i.inhparent IS NULL AND n.nspname = 'partitions')
     ORDER BY c.relname`,
    [[MIGRATIONS_TABLE, IDENTITY_TABLE]],
  );
  const order = await referredFirst(db);
  return rows
    .map(({ table, schema, name, columns, filenode }) => ({
      ...placeOf(table, schema, name),
      relation: `"${schema}"."${name}"`,
      columns,
      filenode,
    }))
    .sort((a, b) => (order.get(a.table) ?? 0) - (order.get(b.table) ?? 0));
}

function placeOf(
  table: string,
  schema: string,
  name: string,
): Pick<CopiedTable, "table" | "partitionKey" | "epoch"> {
  if (schema === "public") return { table, partitionKey: null, epoch: null };
  const staged = stagedBy(name);
  if (staged) return { table: "fold_probabilities", partitionKey: staged.key, epoch: staged.epoch };
  const key = Number(name.slice(table.length + 1));
  if (!isPartitioned(table) || name !== `${table}_${key}`) {
    throw new Error(`${schema}.${name} is a table that this version does not know`);
  }
  return { table, partitionKey: key, epoch: null };
}

/** A table that was emptied between the snapshot and being held: it would be copied without its rows. */
export async function findEmptied(
  db: pg.ClientBase,
  tables: readonly CopiedTable[],
): Promise<string | undefined> {
  const { rows } = await db.query<{ relation: string }>(
    `SELECT relation FROM unnest($1::text[], $2::text[]) held(relation, filenode)
     WHERE pg_relation_filenode(relation::regclass)::text <> filenode LIMIT 1`,
    [tables.map(({ relation }) => relation), tables.map(({ filenode }) => filenode)],
  );
  return rows[0]?.relation;
}

/** A table's depth below the tables that it refers to. */
async function referredFirst(db: pg.ClientBase): Promise<Map<string, number>> {
  const { rows } = await db.query<{ table: string; refersTo: string }>(
    `SELECT c.relname AS table, f.relname AS "refersTo" FROM pg_constraint k
     JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
     WHERE k.contype = 'f' AND c.oid <> f.oid AND c.relnamespace = 'public'::regnamespace`,
  );
  const depths = new Map<string, number>();
  const depthOf = (table: string, below: readonly string[]): number => {
    const known = depths.get(table);
    if (known !== undefined) return known;
    if (below.includes(table)) throw new Error(`the foreign keys of ${table} form a cycle`);
    const above = rows.filter((row) => row.table === table).map(({ refersTo }) => refersTo);
    const depth = Math.max(-1, ...above.map((name) => depthOf(name, [...below, table]))) + 1;
    depths.set(table, depth);
    return depth;
  };
  for (const { table } of rows) depthOf(table, []);
  return depths;
}

export async function listSequences(
  db: pg.ClientBase,
): Promise<{ name: string; lastValue: string; isCalled: boolean }[]> {
  const { rows } = await db.query<{ name: string }>(
    "SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1",
  );
  const found = [];
  for (const { name } of rows) {
    const state = await db.query<{ last_value: string; is_called: boolean }>(
      `SELECT last_value::text, is_called FROM public."${name}"`,
    );
    const { last_value: lastValue, is_called: isCalled } = state.rows[0]!;
    found.push({ name, lastValue, isCalled });
  }
  return found;
}
