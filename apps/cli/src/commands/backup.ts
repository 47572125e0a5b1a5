import type { Command } from "commander";
import { dataOption, withDataPlace } from "../database/data-place.js";
import { jsonOption } from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";

interface BackupCommandOptions {
  readonly data?: string;
  readonly json?: true;
}

/** `winnow backup FOLDER`: all that Postgres and storage hold, as of one moment. */
export function addBackup(program: Command): void {
  program
    .command("backup")
    .argument("<folder>", "a folder that does not exist yet")
    .summary("write database and files into a new folder")
    .description("write the database and stored files into a new folder, while the service runs")
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
    steps.run("backup", async (report) => {
      const value = await writeBackup({
        ...where,
        target,
        signal,
        onProgress: (what, done, total) =>
          report({ share: done / total, text: `${count(done)} of ${count(total)} ${what}` }),
      });
      return { summary: summaryOf(value), value };
    }),
  );
  printMissing(manifest);
  // The backup is usable, but a person has to look at what is missing.
  if (manifest.missing.length > 0) process.exitCode = 1;
  const { snapshotAt, missing } = manifest;
  if (json) printJson({ folder: target, snapshotAt, ...sizesOf(manifest), missing });
  else print(`As of ${snapshotAt}. To restore it: winnow restore ${target} --data NEW`);
}

/** Prints the files that rows name and that the backup did not find. */
export function printMissing({ missing }: { readonly missing: readonly string[] }): void {
  for (const path of missing) {
    note(`missing: a row names ${path}, which is not in storage`);
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
