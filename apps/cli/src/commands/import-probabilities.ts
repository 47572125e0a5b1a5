import { PruningOptions } from "@winnow/contracts";
import type { Command } from "commander";
import { type SubmitOptions, submitJob } from "../jobs/submit-job.js";
import { apiKeyOption, given, jsonOption, urlOption } from "../options/options.js";
import { uploadFile } from "./ingest.js";

interface ImportOptions extends SubmitOptions {
  readonly probs: string;
  readonly folds?: string;
  readonly prune?: true;
}

/** `winnow import-probabilities DATASET`: a cross-validation of probabilities computed elsewhere. */
export function addImportProbabilities(program: Command): void {
  program
    .command("import-probabilities <dataset>")
    .description("make a cross-validation of out-of-sample probabilities from elsewhere")
    .requiredOption("--probs <file>", "npy (n, k) in sample order: float16, float32 or float64")
    .option("--folds <file>", "npy (n): which fold predicted each sample")
    .option("--prune", "queue a pruning with the defaults when they are read")
    .option("--watch", "wait for the end")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addOption(jsonOption())
    .action((dataset: string, options: ImportOptions) =>
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
