import { Command } from "commander";
import { VERSION } from "../platform/version.js";
import { note, print } from "../terminal/output.js";
import { addAgree } from "./agree.js";
import { addAudit } from "./audit.js";
import { addAuditLog } from "./audit-log.js";
import { addBackends } from "./backends.js";
import { addBackup } from "./backup.js";
import { addCheck } from "./check.js";
import { addCombine } from "./combine.js";
import { addCompare } from "./compare.js";
import { addConsensus } from "./consensus.js";
import { addDelete } from "./delete.js";
import { addDemo } from "./demo.js";
import { addInjectNoise, addSample } from "./derive.js";
import { addDiff } from "./diff.js";
import { addDoctor } from "./doctor.js";
import { addExperiment } from "./experiment.js";
import { addExport } from "./export.js";
import { addFindNoise } from "./find-noise.js";
import { addFindings } from "./findings.js";
import { addGc } from "./gc.js";
import { addImportProbabilities } from "./import-probabilities.js";
import { addIngest } from "./ingest.js";
import { addJobs } from "./jobs.js";
import { addKeys } from "./keys.js";
import { addList } from "./list.js";
import { addMigrate } from "./migrate.js";
import { addModels } from "./models.js";
import { addOpen } from "./open.js";
import { addPlan } from "./plan.js";
import { addPreview } from "./preview.js";
import { addProbabilities } from "./probabilities.js";
import { addProfile } from "./profile.js";
import { addPrune } from "./prune.js";
import { addReceipt, addReplay } from "./receipt.js";
import { addReport } from "./report.js";
import { addRestore } from "./restore.js";
import { addReview } from "./review.js";
import { addReviewSample } from "./review-sample.js";
import { addTrain } from "./train.js";
import { addUp } from "./up.js";
import { addWebhooks } from "./webhooks.js";

/** The commands as the help lists them. */
const GROUPS: readonly [heading: string, add: readonly ((program: Command) => void)[]][] = [
  [
    "On this machine:",
    [
      addAudit,
      addDemo,
      addUp,
      addOpen,
      addPreview,
      addPlan,
      addFindNoise,
      addConsensus,
      addModels,
      addBackends,
      addDoctor,
    ],
  ],
  [
    "Datasets:",
    [addIngest, addProfile, addSample, addInjectNoise, addAgree, addDiff, addList, addDelete],
  ],
  [
    "Training and pruning:",
    [
      addTrain,
      addImportProbabilities,
      addCombine,
      addProbabilities,
      addPrune,
      addReport,
      addFindings,
      addReview,
      addExperiment,
      addReviewSample,
      addCompare,
      addCheck,
      addExport,
      addReceipt,
      addReplay,
      addJobs,
    ],
  ],
  [
    "Operating a service:",
    [addKeys, addAuditLog, addWebhooks, addGc, addBackup, addRestore, addMigrate],
  ],
];

/** The `winnow` program with all its commands. Nothing runs before it is asked to parse arguments. */
export function createProgram(): Command {
  const program = new Command("winnow")
    .description("Finds the wrong labels in text-classification data.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    // What follows a command is its own: `jobs` and `jobs cancel` both know --json.
    .enablePositionalOptions()
    .showHelpAfterError("(winnow --help lists commands and options)")
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => note(text.trimEnd()),
    })
    // Without `[options]` in each line the descriptions have room on a terminal of 80 columns.
    .configureHelp({ subcommandTerm: termOf });
  for (const [heading, adders] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of adders) add(program);
  }
  return program.commandsGroup("Help:").helpCommand("help [command]", "print a command's help");
}

function termOf(command: Command): string {
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [command.name(), ...args].join(" ");
}
