import type { AuditEntry, Page } from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";
import { decodeCursor, encodeCursor } from "../database/pages.js";

export interface NewAuditEntry {
  /** The operation's id, or the command. */
  readonly action: string;
  /** The id of what was changed or made. */
  readonly resource: string | null;
  readonly keyId?: string | null;
  /** "ok" unless it is the code of a problem. */
  readonly outcome?: string;
  readonly requestId?: string | null;
}

export interface AuditFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly keyId?: string | undefined;
  readonly resource?: string | undefined;
}

/** Writes the entries of a JSON parameter; for a statement that writes the change as well. */
export const auditInsert = (parameter: string): string =>
  `INSERT INTO audit_entries (key_id, action, resource, outcome, request_id)
   SELECT "keyId", action, resource, coalesce(outcome, 'ok'), "requestId"
   FROM json_to_recordset(${parameter})
     AS a ("keyId" text, action text, resource text, outcome text, "requestId" text)`;

/** Notes who changed what; in the change's own transaction the two land together or not at all. */
export async function recordAudit(db: Database, ...entries: NewAuditEntry[]): Promise<void> {
  await sql(db).query({
    name: "record-audit",
    text: auditInsert("$1"),
    values: [JSON.stringify(entries)],
  });
}

/** The audit, newest first, one page. */
export async function listAudit(db: Database, filter: AuditFilter): Promise<Page<AuditEntry>> {
  const [before] = decodeCursor(filter.cursor, ["int8"]) ?? [null];
  const { rows } = await sql(db).query<{
    id: string;
    key_id: string | null;
    action: string;
    resource: string | null;
    outcome: string;
    request_id: string | null;
    created_at: Date;
  }>(
    `SELECT id, key_id, action, resource, outcome, request_id, created_at FROM audit_entries
     WHERE ($1::bigint IS NULL OR id < $1) AND ($2::text IS NULL OR key_id = $2)
       AND ($3::text IS NULL OR resource = $3)
     ORDER BY id DESC LIMIT $4`,
    [before, filter.keyId ?? null, filter.resource ?? null, filter.limit + 1],
  );
  const shown = rows.slice(0, filter.limit);
  const hasMore = rows.length > filter.limit;
  const last = shown.at(-1);
  return {
    data: shown.map((row) => ({
      id: row.id,
      createdAt: row.created_at.toISOString(),
      keyId: row.key_id,
      action: row.action,
      resource: row.resource,
      outcome: row.outcome,
      requestId: row.request_id,
    })),
    hasMore,
    nextCursor: hasMore && last ? encodeCursor([Number(last.id)]) : null,
  };
}
