import type { Command } from "commander";
import { interruptible } from "../interrupt.js";
import { MIGRATIONS_DIR } from "../paths.js";
import type { PlaceOptions } from "../platform/data-place.js";
import { openSteps } from "../terminal/steps.js";
import { count } from "../terminal/text.js";
import { sizesOf, summaryOf } from "./backup.js";
import { jsonOption, printJson } from "./options.js";

interface RestoreCommandOptions extends PlaceOptions {
  readonly json?: true;
}

/** `winnow restore FOLDER`: a backup into an empty database; then start the service. */
export function addRestore(program: Command): void {
  program
    .command("restore <folder>")
    .description("put a backup into an empty database and an empty storage folder")
    .option(
      "--data <dir>",
      "a new data folder for `winnow up` (default: DATABASE_URL, STORAGE_DIR)",
    )
    .addOption(jsonOption())
    .action((source: string, options: RestoreCommandOptions) =>
      interruptible((signal) => restore(source, options, signal)),
    );
}

async function restore(
  source: string,
  { json, ...place }: RestoreCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  // Only where they run: they load the services and Prisma.
  const { withDataPlace } = await import("../platform/data-place.js");
  const { restoreBackup } = await import("@winnow/store");
  const steps = openSteps(process.stdout, json);
  const manifest = await withDataPlace(place, false, (where) =>
    steps.run("restore", async (tell) => {
      const value = await restoreBackup({
        ...where,
        source,
        migrationsDir: MIGRATIONS_DIR,
        signal,
        onProgress: (what, done, total) =>
          tell({ share: done / total, said: `${count(done)} of ${count(total)} ${what}` }),
      });
      return { said: summaryOf(value), value };
    }),
  );
  if (json) printJson({ snapshotAt: manifest.snapshotAt, ...sizesOf(manifest) });
  else console.log("Start the service; jobs that were open go on.");
}
