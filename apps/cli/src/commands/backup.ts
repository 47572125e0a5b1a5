import type { Command } from "commander";
import { dataOption, withDataPlace } from "../database/data-place.js";
import { jsonOption, printJson } from "../options/options.js";
import { interruptible } from "../terminal/interrupt.js";
import { openSteps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";

interface BackupCommandOptions {
  readonly data?: string;
  readonly json?: true;
}

/** `winnow backup FOLDER`: everything that Postgres and storage hold, as of one moment. */
export function addBackup(program: Command): void {
  program
    .command("backup <folder>")
    .description("write database and stored files into a new folder; the service may go on")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((target: string, options: BackupCommandOptions) =>
      interruptible((signal) => backup(target, options, signal)),
    );
}

async function backup(
  target: string,
  { json, data }: BackupCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const { writeBackup } = await import("@winnow/store"); // only where it runs
  const steps = openSteps(process.stdout, json);
  const manifest = await withDataPlace(data, (where) =>
    steps.run("backup", async (tell) => {
      const value = await writeBackup({
        ...where,
        target,
        signal,
        onProgress: (what, done, total) =>
          tell({ share: done / total, said: `${count(done)} of ${count(total)} ${what}` }),
      });
      return { said: summaryOf(value), value };
    }),
  );
  tellMissing(manifest);
  // A backup all the same, but not one that nobody looks at.
  if (manifest.missing.length > 0) process.exitCode = 1;
  const { snapshotAt, missing } = manifest;
  if (json) printJson({ folder: target, snapshotAt, ...sizesOf(manifest), missing });
  else console.log(`As of ${snapshotAt}. \`winnow restore ${target} --data NEW\` puts it back.`);
}

/** Files that rows name and that the backup could not find. */
export function tellMissing({ missing }: { readonly missing: readonly string[] }): void {
  for (const path of missing) {
    process.stderr.write(`missing: ${path}, which a row names, was not in storage\n`);
  }
}

interface Sized {
  readonly tables: readonly { readonly rows: number; readonly bytes: number }[];
  readonly files: readonly { readonly bytes: number }[];
}

/** How much a backup holds. */
export const sizesOf = ({ tables, files }: Sized) => ({
  rows: tables.reduce((sum, table) => sum + table.rows, 0),
  files: files.length,
  bytes: [...tables, ...files].reduce((sum, entry) => sum + entry.bytes, 0),
});

export function summaryOf(manifest: Sized): string {
  const { rows, files, bytes: size } = sizesOf(manifest);
  return `${count(rows)} rows, ${count(files)} ${files === 1 ? "file" : "files"}, ${bytes(size)}`;
}
