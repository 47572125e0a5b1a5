import { createHash } from "node:crypto";
import { poolOf, type Store } from "../database/client.js";

/**
 * A name for this database that no other one has, for what databases may share, such as a Redis. A
 * copy of the database, by a template or a dump, has another name: it holds other jobs.
 */
export async function readNamespace(store: Store): Promise<string> {
  const { rows } = await poolOf(store).query<{ id: string; oid: string; mayAsk: boolean }>(
    `SELECT d.id, b.oid::text,
       has_function_privilege('pg_control_system()', 'EXECUTE') AS "mayAsk"
     FROM deployment d, pg_database b WHERE b.datname = current_database()`,
  );
  const row = rows[0];
  if (!row) throw new Error("the table deployment has no row");
  const facts = [row.id, row.oid, row.mayAsk ? await readCluster(store) : ""];
  return createHash("sha256").update(facts.join(" ")).digest("hex").slice(0, 12);
}

/** A number that initdb draws; replicas share it with their primary. */
async function readCluster(store: Store): Promise<string> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT system_identifier::text AS id FROM pg_control_system()",
  );
  return rows[0]?.id ?? "";
}
