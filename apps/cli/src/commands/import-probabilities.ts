import { PruningOptions } from "@winnow/contracts";
import type { Command } from "commander";
import { uploadFile } from "../files/upload-file.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given } from "../options/values.js";

interface ImportOptions extends SubmitOptions {
  readonly probs: string;
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
        const folds = options.folds && (await uploadFile(client, options.folds, signal));
        return client.call("createProbabilityImport", {
          body: {
            datasetId: dataset,
            probabilitiesUploadId: probabilities.id,
            ...given({
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
