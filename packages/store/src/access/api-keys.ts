import { type ApiKey, AppError, type Page, type Scope } from "@winnow/contracts";
import { type Database, type Store, sql, withTransaction } from "../database/client.js";
import { groupCalls } from "../database/group-calls.js";
import { newId } from "../database/ids.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { newToken, parseToken, secretFits } from "./api-key-token.js";
import { recordAudit } from "./audit.js";

export interface NewApiKey {
  readonly name: string;
  readonly scope: Scope;
  /** null: it does not expire. */
  readonly expiresAt: Date | null;
  /** Whether it sees and changes only what it makes itself. */
  readonly ownerOnly?: boolean;
}

/** Why a token is refused. */
export type KeyRefusal = "unknown" | "expired" | "revoked";

export type KeyCheck =
  | { readonly key: { readonly id: string; readonly scope: Scope; readonly ownerOnly: boolean } }
  | { readonly refused: KeyRefusal };

interface Row {
  id: string;
  name: string;
  scope: Scope;
  owner_only: boolean;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

const COLUMNS = "id, name, scope, owner_only, created_at, expires_at, revoked_at, last_used_at";

/** Makes a key. `token` holds its secret, which is stored nowhere. `action` and `user` are for the audit. */
export async function createApiKey(
  store: Store,
  { name, scope, expiresAt, ownerOnly = false }: NewApiKey,
  action: string,
  user?: string,
): Promise<{ key: ApiKey; token: string }> {
  const id = newId("apiKey");
  const { token, secretHash } = newToken(id);
  return withTransaction(store, async (tx) => {
    const { rows } = await tx.query<Row>(
      `INSERT INTO api_keys (id, name, scope, secret_hash, expires_at, owner_only)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
      [id, name, scope, secretHash, expiresAt, ownerOnly],
    );
    await recordAudit(tx, { action, resource: id, user });
    return { key: keyView(rows[0]!), token };
  });
}

/** All keys, newest first, revoked and expired ones included; one page. */
export function listApiKeys(db: Database, page: PageRequest): Promise<Page<ApiKey>> {
  return readPage(page, {
    list: ["api-keys"],
    keys: ["string"],
    async read(after, limit) {
      const { rows } = await sql(db).query<Row>(
        `SELECT ${COLUMNS} FROM api_keys WHERE $1::text IS NULL OR id < $1
         ORDER BY id DESC LIMIT $2`,
        [after?.[0] ?? null, limit],
      );
      return rows;
    },
    keysOf: (row) => [row.id],
    view: keyView,
  });
}

/** Revokes a key; one that was revoked before keeps its time. Throws `api-key-not-found`. */
export async function revokeApiKey(
  store: Store,
  id: string,
  action: string,
  user?: string,
): Promise<ApiKey> {
  return withTransaction(store, async (tx) => {
    const { rows } = await tx.query<Row>(
      `UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1
       RETURNING ${COLUMNS}`,
      [id],
    );
    const row = rows[0];
    if (!row) throw new AppError("api-key-not-found", `No API key has the id ${id}.`);
    await recordAudit(tx, { action, resource: id, user });
    return keyView(row);
  });
}

/** Whether a key was ever made. From then on the API requires one, even if all are revoked. */
export async function anyApiKey(db: Database): Promise<boolean> {
  const { rows } = await sql(db).query<{ any: boolean }>(
    "SELECT EXISTS (SELECT 1 FROM api_keys) AS any",
  );
  return rows[0]?.any === true;
}

/**
 * Returns a function that finds the key of a token. The row is read after each call, so a revoked
 * key stops working at once; calls that arrive together share one read.
 */
export function tokenChecker(db: Database): (token: string) => Promise<KeyCheck> {
  return groupCalls(async (tokens) => {
    const parsed = tokens.map(parseToken);
    const rows = await readKeys(db, [...new Set(parsed.flatMap((token) => token?.id ?? []))]);
    const outcomes = parsed.map((token) => ({ value: checkedKey(token, rows) }));
    for (const { id, used_long_ago } of rows.values()) {
      // A token that only names the key, with a wrong secret, did not use it.
      const isUsed = outcomes.some(({ value }) => "key" in value && value.key.id === id);
      if (used_long_ago && isUsed) await recordUse(db, id);
    }
    return outcomes;
  });
}

interface KeyRow {
  id: string;
  scope: Scope;
  owner_only: boolean;
  secret_hash: Buffer;
  revoked: boolean;
  expired: boolean;
  used_long_ago: boolean;
}

async function readKeys(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KeyRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql(db).query<KeyRow>({
    // Runs at every request, so Postgres plans it once a connection.
    name: "read-keys",
    text: `SELECT id, scope, owner_only, secret_hash, revoked_at IS NOT NULL AS revoked,
       coalesce(expires_at <= now(), false) AS expired,
       coalesce(last_used_at < now() - interval '1 minute', true) AS used_long_ago
     FROM api_keys WHERE id = ANY($1)`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, row]));
}

function checkedKey(
  token: ReturnType<typeof parseToken>,
  rows: ReadonlyMap<string, KeyRow>,
): KeyCheck {
  const row = token ? rows.get(token.id) : undefined;
  if (!token || !secretFits(token.secret, row?.secret_hash) || !row) return { refused: "unknown" };
  if (row.revoked) return { refused: "revoked" };
  if (row.expired) return { refused: "expired" };
  return { key: { id: row.id, scope: row.scope, ownerOnly: row.owner_only } };
}

/** Accurate to a minute, so that a busy key does not write its row at every request. */
async function recordUse(db: Database, id: string): Promise<void> {
  await sql(db).query(
    `UPDATE api_keys SET last_used_at = now() WHERE id = $1
       AND coalesce(last_used_at < now() - interval '1 minute', true)`,
    [id],
  );
}

const keyView = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  scope: row.scope,
  ownerOnly: row.owner_only,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});
