import type { Command } from "commander";
import { interruptible } from "../interrupt.js";
import type { PlaceOptions } from "../platform/data-place.js";
import { openSteps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";
import { jsonOption, printJson } from "./options.js";

interface BackupCommandOptions extends PlaceOptions {
  readonly json?: true;
}

/** `winnow backup FOLDER`: everything that Postgres and storage hold, as of one moment. */
export function addBackup(program: Command): void {
  program
    .command("backup <folder>")
    .description("write database and stored files into a new folder; the service may go on")
    .option("--data <dir>", "the data folder of `winnow up` (default: DATABASE_URL, STORAGE_DIR)")
    .addOption(jsonOption())
    .action((target: string, options: BackupCommandOptions) =>
      interruptible((signal) => backup(target, options, signal)),
    );
}

async function backup(
  target: string,
  { json, ...place }: BackupCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  // Only where they run: they load the services and Prisma.
  const { withDataPlace } = await import("../platform/data-place.js");
  const { writeBackup } = await import("@winnow/store");
  const steps = openSteps(process.stdout, json);
  const manifest = await withDataPlace(place, true, (where) =>
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
  for (const path of manifest.missing) {
    process.stderr.write(`missing: ${path}, which a row names, is not in storage\n`);
  }
  if (json) {
    const { snapshotAt, missing } = manifest;
    printJson({ folder: target, snapshotAt, ...sizesOf(manifest), missing });
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
  return `${count(rows)} rows, ${count(files)} files, ${bytes(size)}`;
}
