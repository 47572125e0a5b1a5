import { existsSync } from "node:fs";
import { RETENTION_VARIABLES } from "@winnow/contracts";
import type { Command } from "commander";
import { readEnvironment, retentionOf } from "../config.js";
import { dataOption, withDataPlace, withStore } from "../database/data-place.js";
import { jsonOption } from "../options/service.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { bytes, count } from "../terminal/text.js";

interface GcOptions {
  readonly data?: string;
  readonly free?: true;
  readonly json?: true;
}

/** `winnow gc`: what is older than its age; `--free` deletes it now. */
export function addGc(program: Command): void {
  program
    .command("gc")
    .summary("show or free leftovers and old data")
    .description("show or free leftovers and what is older than its RETENTION_* age")
    .option("--free", "delete them; without this, nothing is changed")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((options: GcOptions) => interruptible(() => collect(options)));
}

async function collect({ free, json, data }: GcOptions): Promise<void> {
  const ages = retentionOf(readEnvironment());
  const { sweepOld } = await import("@winnow/store"); // only where it runs
  const freed = await withDataPlace(data, ({ databaseUrl, storageDir }) => {
    assertStorage(storageDir);
    return withStore(databaseUrl, (store) => sweepOld(store, storageDir, ages, !free));
  });
  const sum = freed.reduce((total, { bytes: size }) => total + size, 0);
  if (json) return printJson({ freed: free === true, kinds: freed, bytes: sum });
  if (freed.length === 0) print("nothing to free");
  else {
    const rows = freed.map(({ what, items, bytes: size }) => [what, count(items), bytes(size)]);
    print(table([...rows, ["total", "", bytes(sum)]], { right: new Set([1, 2]) }).join("\n"));
    print(free ? "freed" : "nothing was changed; --free deletes these");
  }
  const off = RETENTION_VARIABLES.filter(([kind]) => ages[kind] === null);
  if (off.length > 0) {
    print("kept at any age, because the setting is off:");
    for (const [, variable] of off) print(`  ${variable}`);
  }
}

/** With the wrong folder, rows would be deleted whose files lie elsewhere. */
function assertStorage(storageDir: string): void {
  if (existsSync(storageDir)) return;
  throw new CliError(
    "storage-missing",
    `The storage folder ${storageDir} does not exist; set STORAGE_DIR to the service's.`,
  );
}
