import type { Command } from "commander";
import pc from "picocolors";
import {
  apiKeyOption,
  given,
  jsonOption,
  openClient,
  printJson,
  type ServiceOptions,
  urlOption,
  wholeNumber,
} from "../options/options.js";
import { interruptible } from "../terminal/interrupt.js";
import { table } from "../terminal/table.js";

interface AuditOptions extends ServiceOptions {
  readonly key?: string;
  readonly resource?: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: true;
}

/** `winnow audit`: who changed what, newest first. */
export function addAudit(program: Command): void {
  program
    .command("audit")
    .description("who changed what, newest first (asks for a key of the scope admin)")
    .option("--key <id>", "only what this API key did")
    .option("--resource <id>", "only what was done to this")
    .option("--limit <n>", "at most so many", wholeNumber(1, 1000), 50)
    .option("--cursor <cursor>", "go on from the nextCursor of --json")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addOption(jsonOption())
    .action((options: AuditOptions) => interruptible((signal) => audit(options, signal)));
}

async function audit(options: AuditOptions, signal: AbortSignal): Promise<void> {
  const { key, resource, limit, cursor } = options;
  const page = await openClient(options).call("listAudit", {
    query: { limit, ...given({ keyId: key, resource, cursor }) },
    signal,
  });
  if (options.json) return printJson(page);
  const rows = page.data.map((entry) => [
    entry.createdAt,
    entry.keyId ?? "without a key",
    entry.action,
    entry.outcome === "ok" ? pc.green("ok") : pc.red(entry.outcome),
    entry.resource ?? "",
  ]);
  console.log(rows.length === 0 ? "nothing" : table(rows).join("\n"));
  if (page.hasMore) console.log(pc.dim(`the newest ${limit}; --limit shows more`));
}
