import type pg from "pg";
import { isPartitioned } from "../partitions.js";

/** What a snapshot copies: a table, or one partition of a table. */
export interface CopiedTable {
  readonly table: string;
  readonly partitionKey: number | null;
  /** Quoted and with its schema, fit for SQL. */
  readonly relation: string;
  readonly columns: readonly string[];
}

interface Relation {
  table: string;
  schema: string;
  name: string;
  columns: string[];
}

/** How the migrations' own record is called; it is made again, not copied. */
export const MIGRATIONS_TABLE = "_prisma_migrations";

/** Every table of ours, whatever a migration will add, parents before those that refer to them. */
export async function listTables(db: pg.ClientBase): Promise<CopiedTable[]> {
  const { rows } = await db.query<Relation>(
    `SELECT coalesce(parent.relname, c.relname) AS table, n.nspname AS schema, c.relname AS name,
       (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attgenerated = '') AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     LEFT JOIN pg_class parent ON parent.oid = i.inhparent
     WHERE c.relkind = 'r' AND c.relname <> $1
       AND (n.nspname = 'public' AND i.inhparent IS NULL
         OR i.inhparent IS NOT NULL AND parent.relnamespace = 'public'::regnamespace)
     ORDER BY c.relname`,
    [MIGRATIONS_TABLE],
  );
  const order = await referredFirst(db);
  return rows
    .map(({ table, schema, name, columns }) => ({
      table,
      partitionKey: table === name ? null : partitionKeyOf(table, name),
      relation: `"${schema}"."${name}"`,
      columns,
    }))
    .sort((a, b) => (order.get(a.table) ?? 0) - (order.get(b.table) ?? 0));
}

function partitionKeyOf(table: string, name: string): number {
  const key = Number(name.slice(table.length + 1));
  if (!isPartitioned(table) || name !== `${table}_${key}`) {
    throw new Error(`${name} is a partition of ${table} that this version does not know`);
  }
  return key;
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
    if (below.includes(table)) throw new Error(`the foreign keys of ${table} go in a circle`);
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
    const { last_value: lastValue, is_called: isCalled } = state.rows[0] as {
      last_value: string;
      is_called: boolean;
    };
    found.push({ name, lastValue, isCalled });
  }
  return found;
}
