import type { Client } from "@winnow/client";
import { PruningOptions } from "@winnow/contracts";
import type { Command } from "commander";
import { CLASSES_HELP, parseClassList } from "../files/class-names.js";
import { uploadFile } from "../files/upload-file.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given } from "../options/values.js";

interface ImportOptions extends SubmitOptions {
  readonly probs: string;
  readonly classes?: string;
  readonly force?: true;
  readonly folds?: string;
  readonly prune?: true;
}

/** `winnow import-probabilities DATASET`: a cross-validation of probabilities computed elsewhere. */
export function addImportProbabilities(program: Command): void {
  const command = program
    .command("import-probabilities")
    .argument("<dataset>", "id of the dataset, ds_...")
    .summary("use out-of-sample probabilities of your own")
    .description("make a cross-validation from out-of-sample probabilities of your own model")
    .requiredOption("--probs <file>", "npy (n, k) in sample order: float16, float32 or float64")
    .option("--classes <list>", `${CLASSES_HELP}; default: the dataset's order`)
    .option("--force", "import even if the columns fit the labels better in another order")
    .option("--folds <file>", "npy (n): which fold predicted each sample")
    .option("--prune", "then queue a pruning with default options")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action((dataset: string, options: ImportOptions) =>
    submitJob(
      "import",
      options,
      async (client, signal) => {
        const probabilities = await uploadFile(client, options.probs, signal);
        const classes = options.classes && (await classesOf(options.classes, client, signal));
        const folds = options.folds && (await uploadFile(client, options.folds, signal));
        return client.call("createProbabilityImport", {
          body: {
            datasetId: dataset,
            probabilitiesUploadId: probabilities.id,
            ...given({
              classes: classes || undefined,
              force: options.force,
              foldsUploadId: folds ? folds.id : undefined,
              pruning: options.prune ? PruningOptions.parse({}) : undefined,
            }),
          },
          signal,
        });
      },
      ({ crossValidationId, pruningId }) =>
        [crossValidationId, pruningId].filter((part) => part !== null).join("  "),
    ),
  );
}

/** Names as they are, and a file as the id of its upload. */
async function classesOf(text: string, client: Client, signal: AbortSignal) {
  const list = await parseClassList(text);
  if ("file" in list) return (await uploadFile(client, list.file, signal)).id;
  return [...list.names];
}
