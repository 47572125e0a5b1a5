import type { Command } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { widthOf } from "../terminal/text.js";

interface AuditLogOptions extends ServiceOptions {
  readonly key?: string;
  readonly resource?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: true;
}

/** `winnow audit-log`: who changed what, newest first. */
export function addAuditLog(program: Command): void {
  const command = program
    .command("audit-log")
    .summary("show who changed what, newest first")
    .description("show who changed what, newest first; needs a key of scope admin")
    .option("--key <id>", "only what this API key did")
    .option("--resource <id>", "only what was done to this resource")
    .option("--limit <n>", "how many entries at most", wholeNumber(1, 1000), 50)
    .option("--cursor <cursor>", "continue from the nextCursor of --json")
    .addOption(jsonOption());
  addServiceOptions(command).action((options: AuditLogOptions) =>
    interruptible((signal) => auditLog(options, signal)),
  );
}

async function auditLog(options: AuditLogOptions, signal: AbortSignal): Promise<void> {
  const { key, resource, limit, cursor } = options;
  const page = await openClient(options).call("listAudit", {
    query: { limit, ...given({ keyId: key, resource, cursor }) },
    signal,
  });
  if (options.json) return printJson(page);
  const rows = page.data.map((entry) => [
    entry.createdAt,
    entry.keyId ?? (entry.user === null ? "no key" : `user ${entry.user}`),
    entry.action,
    entry.outcome === "ok" ? COLORS.green("ok") : COLORS.red(entry.outcome),
    entry.resource ?? "",
  ]);
  print(
    rows.length === 0 ? "no entries" : table(rows, { width: widthOf(process.stdout) }).join("\n"),
  );
  if (page.hasMore) print(COLORS.dim(`only the newest ${limit}; --limit shows more`));
}
