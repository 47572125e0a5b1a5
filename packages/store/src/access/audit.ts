import type { AuditEntry, Page } from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";

export interface NewAuditEntry {
  /** The operation's id, or the command. */
  readonly action: string;
  /** The id of what was changed or created. */
  readonly resource: string | null;
  readonly keyId?: string | null;
  /** "ok", or the code of the problem. */
  readonly outcome?: string;
  readonly requestId?: string | null;
  /** The operating-system user that runs the command. */
  readonly user?: string | undefined;
}

export interface AuditFilter extends PageRequest {
  readonly keyId?: string | undefined;
  readonly resource?: string | undefined;
}

/**
 * An INSERT of the entries in a JSON parameter; part of a statement that also writes the change.
 */
export const auditInsert = (parameter: string): string =>
  `INSERT INTO audit_entries (key_id, action, resource, outcome, request_id, user_name)
   SELECT "keyId", action, resource, coalesce(outcome, 'ok'), "requestId", "user"
   FROM json_to_recordset(${parameter})
     AS a ("keyId" text, action text, resource text, outcome text, "requestId" text, "user" text)`;

/**
 * Records who changed what. In the transaction of the change, either both are committed or neither.
 */
export async function recordAudit(db: Database, ...entries: NewAuditEntry[]): Promise<void> {
  await sql(db).query({
    name: "record-audit",
    text: auditInsert("$1"),
    values: [JSON.stringify(entries)],
  });
}

interface Row {
  id: string;
  key_id: string | null;
  action: string;
  resource: string | null;
  outcome: string;
  request_id: string | null;
  user_name: string | null;
  created_at: Date;
}

/** The audit, newest first, one page. */
export function listAudit(db: Database, filter: AuditFilter): Promise<Page<AuditEntry>> {
  return readPage(filter, {
    list: ["audit", filter.keyId, filter.resource],
    keys: ["int8"],
    async read(after, limit) {
      const { rows } = await sql(db).query<Row>(
        `SELECT id, key_id, action, resource, outcome, request_id, user_name,
           created_at FROM audit_entries
         WHERE ($1::bigint IS NULL OR id < $1) AND ($2::text IS NULL OR key_id = $2)
           AND ($3::text IS NULL OR resource = $3)
         ORDER BY id DESC LIMIT $4`,
        [after?.[0] ?? null, filter.keyId ?? null, filter.resource ?? null, limit],
      );
      return rows;
    },
    keysOf: (row) => [Number(row.id)],
    view: (row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      keyId: row.key_id,
      action: row.action,
      resource: row.resource,
      outcome: row.outcome,
      requestId: row.request_id,
      user: row.user_name,
    }),
  });
}
