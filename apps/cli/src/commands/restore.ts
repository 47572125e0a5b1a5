import type { Command } from "commander";
import { dataOption, withDataPlace } from "../database/data-place.js";
import { jsonOption } from "../options/service.js";
import { MIGRATIONS_DIR } from "../platform/paths.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { count } from "../terminal/text.js";
import { printMissing, sizesOf, summaryOf } from "./backup.js";

interface RestoreCommandOptions {
  readonly data?: string;
  readonly json?: true;
}

/** `winnow restore FOLDER`: a backup into an empty database; then start the service. */
export function addRestore(program: Command): void {
  program
    .command("restore")
    .argument("<folder>", "the folder that `winnow backup` wrote")
    .summary("restore a backup into an empty database")
    .description("restore a backup into an empty database and storage folder")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((source: string, options: RestoreCommandOptions) =>
      interruptible((signal) => restore(source, options, signal)),
    );
}

async function restore(
  source: string,
  { json, data }: RestoreCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const { readManifest, restoreBackup } = await import("@winnow/store"); // only where it runs
  await readManifest(source); // before a data folder is created for it
  const steps = openSteps(process.stdout, json);
  const manifest = await withDataPlace(
    data,
    (where) =>
      steps.run("restore", async (report) => {
        const value = await restoreBackup({
          ...where,
          source,
          migrationsDir: MIGRATIONS_DIR,
          signal,
          onProgress: (what, done, total) =>
            report({ share: done / total, text: `${count(done)} of ${count(total)} ${what}` }),
        });
        return { summary: summaryOf(value), value };
      }),
    { mayBeNew: true },
  );
  printMissing(manifest);
  const { snapshotAt, missing } = manifest;
  if (json) printJson({ snapshotAt, ...sizesOf(manifest), missing });
  else {
    const start = data === undefined ? "the service" : `it with \`winnow up --data ${data}\``;
    print(`As of ${snapshotAt}. Start ${start}; unfinished jobs continue.`);
  }
}
