import { PruningOptions } from "@winnow/contracts";
import type { Command } from "commander";
import { ARRAY_HELP, parseArrayPath } from "../files/array-file.js";
import { CLASSES_HELP, sentClasses } from "../files/class-names.js";
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
    .requiredOption("--probs <file>", `(n, k) floats in sample order: ${ARRAY_HELP}`)
    .option("--classes <list>", `${CLASSES_HELP}; default: the dataset's order`)
    .option("--force", "import even if the columns fit the labels better in another order")
    .option("--folds <file>", `(n): which fold predicted each sample: ${ARRAY_HELP}`)
    .option("--prune", "then queue a pruning with default options")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action((dataset: string, options: ImportOptions) =>
    submitJob(
      "import",
      options,
      async (client, signal) => {
        const probs = await parseArrayPath(options.probs);
        const folds = options.folds === undefined ? undefined : await parseArrayPath(options.folds);
        const probabilitiesUploadId = (await uploadFile(client, probs.file, signal)).id;
        const foldsUploadId =
          folds?.file === probs.file
            ? probabilitiesUploadId
            : folds && (await uploadFile(client, folds.file, signal)).id;
        return client.call("createProbabilityImport", {
          body: {
            datasetId: dataset,
            probabilitiesUploadId,
            ...given({
              probabilitiesArray: probs.array,
              classes: options.classes && (await sentClasses(options.classes, client, signal)),
              force: options.force,
              foldsUploadId,
              foldsArray: folds?.array,
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
