import { FoldTrainingParams, ModelParams, PruningOptions } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type SubmitOptions, submitJob } from "../jobs/submit-job.js";
import {
  apiKeyOption,
  given,
  jsonOption,
  positiveNumber,
  urlOption,
  wholeNumber,
} from "../options/options.js";
import { percent } from "../terminal/text.js";

interface TrainOptions extends SubmitOptions {
  readonly folds?: number;
  readonly seed?: number;
  readonly preset?: "albert-tiny" | "albert-small" | "albert-base";
  readonly maxLength?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly recipe?: "scratch" | "fine-tune";
  readonly checkpoint?: string;
  readonly optimizer?: "adam" | "adamw";
  readonly dropout?: number;
  readonly labelSmoothing?: number;
  readonly patience?: number;
  readonly epochChoice?: "vote" | "fold" | "last";
  readonly softTargets?: string;
  readonly pretrain?: number;
  readonly keepModels?: true;
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
    .option("--max-length <tokens>", "of a text; the rest is cut off", wholeNumber(4, 512))
    .option("--epochs <n>", "default: by the recipe", wholeNumber(1, 100))
    .option("--batch-size <n>", "default: by the recipe", wholeNumber(1, 4096))
    .option("--learning-rate <rate>", "default: by the recipe", positiveNumber(1))
    .addOption(new Option("--recipe <name>", "of training").choices(["scratch", "fine-tune"]))
    .option("--checkpoint <folder>", "start from a folder below the workers' MODELS_DIR")
    .addOption(new Option("--optimizer <name>", "default: adam").choices(["adam", "adamw"]))
    .option("--dropout <share>", "of the hidden rows", share)
    .option("--label-smoothing <share>", "taken from the given label", share)
    .option("--patience <n>", "evaluations without a lower loss", wholeNumber(0, 100))
    .addOption(
      new Option("--epoch-choice <how>", "whose predictions count").choices([
        "vote",
        "fold",
        "last",
      ]),
    )
    .option("--soft-targets <id>", "a pruning's posterior, or an uploaded npy (n, K)")
    .option("--pretrain <epochs>", "read the texts themselves first", wholeNumber(1, 50))
    .option("--keep-models", "keep each fold's model for download")
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
              model: given({
                preset: options.preset,
                maxLength: options.maxLength,
                checkpoint: options.checkpoint ? { path: options.checkpoint } : undefined,
              }),
              training: given({
                epochs: options.epochs,
                batchSize: options.batchSize,
                learningRate: options.learningRate,
                recipe: options.recipe,
                optimizer: options.optimizer,
                dropout: options.dropout,
                labelSmoothing: options.labelSmoothing,
                patience: options.patience,
                epochChoice: options.epochChoice,
                softTargets: options.softTargets ? softTargets(options.softTargets) : undefined,
                pretraining: options.pretrain ? { epochs: options.pretrain } : undefined,
                keepModels: options.keepModels,
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

/** From 0 to below 1. */
const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to below 1.");
};

const softTargets = (id: string) =>
  id.startsWith("up_")
    ? ({ type: "upload", uploadId: id } as const)
    : ({ type: "pruning", pruningId: id } as const);

const presets = () => {
  const [named] = ModelParams.shape.preset.unwrap().options;
  return named.options;
};
