import { FoldTrainingParams, ModelParams, PruningOptions } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { percent } from "../terminal/text.js";
import {
  apiKeyOption,
  given,
  jsonOption,
  positiveNumber,
  urlOption,
  wholeNumber,
} from "./options.js";
import { type SubmitOptions, submitJob } from "./submit.js";

interface TrainOptions extends SubmitOptions {
  readonly folds?: number;
  readonly seed?: number;
  readonly preset?: "albert-tiny" | "albert-small" | "albert-base";
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly backend?: FoldTrainingParams["backend"];
  readonly prune?: true;
}

/** `winnow train DATASET`: trains K folds, so that every sample gets an out-of-sample probability. */
export function addTrain(program: Command): void {
  program
    .command("train <dataset>")
    .description("train K folds over a dataset")
    .option("--folds <k>", "from 2 to 20", wholeNumber(2, 20))
    .option("--seed <n>", "seeds split and training", wholeNumber(0, 0xffff_ffff))
    .addOption(new Option("--preset <name>", "the model's size").choices(presets()))
    .option("--epochs <n>", "default: by the recipe", wholeNumber(1, 100))
    .option("--batch-size <n>", "default: by the recipe", wholeNumber(1, 4096))
    .option("--learning-rate <rate>", "default: by the recipe", positiveNumber(1))
    .addOption(
      new Option("--backend <name>", "what computes").choices(
        FoldTrainingParams.shape.backend.unwrap().options,
      ),
    )
    .option("--prune", "queue a pruning with the defaults when the last fold is done")
    .option("--watch", "wait for the end")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addOption(jsonOption())
    .action((dataset: string, options: TrainOptions) =>
      submitJob(
        "training",
        options,
        (client, signal) =>
          client.call("createFoldTraining", {
            body: {
              datasetId: dataset,
              model: given({ preset: options.preset }),
              training: given({
                epochs: options.epochs,
                batchSize: options.batchSize,
                learningRate: options.learningRate,
              }),
              ...given({
                folds: options.folds,
                seed: options.seed,
                backend: options.backend,
                pruning: options.prune ? PruningOptions.parse({}) : undefined,
              }),
            },
            signal,
          }),
        ({ crossValidationId, pruningId, result }) =>
          [crossValidationId, pruningId, `held-out accuracy ${percent(Number(result?.accuracy))}`]
            .filter((part) => part !== null)
            .join("  "),
      ),
    );
}

const presets = () => {
  const [named] = ModelParams.shape.preset.unwrap().options;
  return named.options;
};
