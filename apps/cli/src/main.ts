#!/usr/bin/env node
import { Command } from "commander";
import { addAudit } from "./commands/audit.js";
import { addBackends } from "./commands/backends.js";
import { addBackup } from "./commands/backup.js";
import { addDemo } from "./commands/demo.js";
import { addInjectNoise, addSample } from "./commands/derive.js";
import { addExport } from "./commands/export.js";
import { addFindNoise } from "./commands/find-noise.js";
import { addGc } from "./commands/gc.js";
import { addImportProbabilities } from "./commands/import-probabilities.js";
import { addIngest } from "./commands/ingest.js";
import { addJobs } from "./commands/jobs.js";
import { addKeys } from "./commands/keys.js";
import { addMigrate } from "./commands/migrate.js";
import { addProfile } from "./commands/profile.js";
import { addPrune } from "./commands/prune.js";
import { addRestore } from "./commands/restore.js";
import { addTrain } from "./commands/train.js";
import { addUp } from "./commands/up.js";
import { addWebhooks } from "./commands/webhooks.js";
import { reportFailure } from "./terminal/failure.js";

const program = new Command("winnow")
  .description("Finds the wrong labels in text-classification data.")
  .version("0.1.0")
  .showHelpAfterError("(winnow --help lists commands and options)");

for (const add of [
  addDemo,
  addUp,
  addIngest,
  addProfile,
  addSample,
  addInjectNoise,
  addTrain,
  addImportProbabilities,
  addPrune,
  addJobs,
  addExport,
  addFindNoise,
  addKeys,
  addAudit,
  addWebhooks,
  addGc,
  addBackup,
  addRestore,
  addMigrate,
  addBackends,
]) {
  add(program);
}

// A reader that has seen enough (`| head`) is no failure to talk about.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 141 : 1);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
