import pg from "pg";

/** What a role, a database or a server may set that changes how a session reads and writes. */
export const HOSTILE_SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: "Asia/Kathmandu",
  DateStyle: "SQL, DMY",
  IntervalStyle: "sql_standard",
  extra_float_digits: "-15",
  bytea_output: "escape",
  standard_conforming_strings: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  quote_all_identifiers: "on",
  client_encoding: "LATIN1",
  search_path: "nowhere",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  statement_timeout: "1",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "1",
  exit_on_error: "on",
};

/** Makes them the database's, or a role's in it. Sessions that are open keep what they have. */
export async function setHostile(databaseUrl: string, role?: string): Promise<void> {
  const url = new URL(databaseUrl);
  const database = pg.escapeIdentifier(decodeURIComponent(url.pathname.slice(1)));
  const where =
    role === undefined
      ? `ALTER DATABASE ${database}`
      : `ALTER ROLE ${pg.escapeIdentifier(role)} IN DATABASE ${database}`;
  const all = Object.entries(HOSTILE_SETTINGS).map(
    ([name, value]) => `${where} SET ${name} = ${pg.escapeLiteral(value)}`,
  );
  await asAdmin(databaseUrl, all.join("; "));
}

/** Runs statements in the server's own database, as the user of the URL. */
export async function asAdmin(databaseUrl: string, statements: string): Promise<void> {
  const url = new URL(databaseUrl);
  url.pathname = "/postgres";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(statements);
  } finally {
    await client.end();
  }
}
