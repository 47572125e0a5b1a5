import type { Client } from "@winnow/client";
import {
  AlbertParams,
  FoldTrainingParams,
  MODEL_KINDS,
  type ModelKind,
  PruningOptions,
} from "@winnow/contracts";
import { type Command, Option } from "commander";
import { ARRAY_HELP, parseArrayPath } from "../files/array-file.js";
import { CLASSES_HELP, sentClasses } from "../files/class-names.js";
import { uploadFile } from "../files/upload-file.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given, positiveNumber, seed, share, wholeNumber } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { percent } from "../terminal/text.js";

interface TrainOptions extends SubmitOptions {
  readonly model?: ModelKind;
  readonly levels?: "flat" | "parent-first";
  readonly secondRound?: boolean;
  readonly folds?: number;
  readonly seed?: number;
  readonly preset?: "albert-tiny" | "albert-small" | "albert-base";
  readonly maxLength?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly recipe?: "scratch" | "fine-tune";
  readonly checkpoint?: string;
  readonly embeddings?: string;
  readonly embeddingsIds?: string;
  readonly embeddingsEndpoint?: true;
  readonly encoder?: string;
  readonly pooling?: "mean" | "cls";
  readonly encoderMaxLength?: number;
  readonly static?: true;
  readonly optimizer?: "adam" | "adamw";
  readonly dropout?: number;
  readonly labelSmoothing?: number;
  readonly patience?: number;
  readonly epochChoice?: "vote" | "fold" | "last";
  readonly softTargets?: string;
  readonly softTargetArray?: string;
  readonly softTargetClasses?: string;
  readonly softTargetForce?: true;
  readonly pretrain?: number;
  readonly keepModels?: true;
  readonly backend?: FoldTrainingParams["backend"];
  readonly prune?: true;
}

const SENT_HELP = `${ARRAY_HELP}, or an upload's id`;

/** `winnow train DATASET`: trains K folds, so that every sample gets an out-of-sample probability. */
export function addTrain(program: Command): void {
  const command = program
    .command("train")
    .argument("<dataset>", "id of the dataset, ds_...")
    .summary("train K folds over a dataset")
    .description("train K folds, so that a model predicts each row without having seen it")
    .addOption(
      new Option(
        "--model <kind>",
        "albert: the network; bert: a network from --checkpoint; linear: n-grams alone; quick: naive Bayes, in seconds",
      ).choices(MODEL_KINDS),
    )
    .addOption(
      new Option("--levels <how>", "classes in a tree: parents first, of quick and linear").choices(
        ["flat", "parent-first"],
      ),
    )
    .option("--second-round", "pool the folds with the quick model; default with albert and bert")
    .option("--no-second-round", "leave the folds' probabilities as they are")
    .option("--folds <k>", "how many folds, from 2 to 20", wholeNumber(2, 20))
    .option("--seed <n>", "the same seed gives the same folds and training", seed)
    .addOption(new Option("--preset <name>", "the model's architecture").choices(presets()))
    .option(
      "--max-length <tokens>",
      "how much of a text is read; the rest is cut off",
      wholeNumber(4, 512),
    )
    .option("--epochs <n>", "default: the recipe's", wholeNumber(1, 100))
    .option("--batch-size <n>", "default: the recipe's", wholeNumber(1, 4096))
    .option("--learning-rate <rate>", "default: the recipe's", positiveNumber(1))
    .addOption(
      new Option("--recipe <name>", "a set of training defaults").choices(["scratch", "fine-tune"]),
    )
    .option("--checkpoint <folder>", "start from this model below the workers' MODELS_DIR")
    .option("--embeddings <array>", `vectors of the rows, (n, d), of any encoder: ${SENT_HELP}`)
    .option(
      "--embeddings-ids <array>",
      `the id of each vector's row, if in another order: ${SENT_HELP}`,
    )
    .option(
      "--embeddings-endpoint",
      "have the workers ask the service's EMBEDDINGS_URL for vectors",
    )
    .option(
      "--encoder <folder>",
      "have the workers make the vectors, by this encoder below their MODELS_DIR",
    )
    .addOption(
      new Option("--pooling <how>", "a row's vector, of its tokens' or of [CLS]").choices([
        "mean",
        "cls",
      ]),
    )
    .option(
      "--encoder-max-length <tokens>",
      "how much of a text the encoder reads; default 128",
      wholeNumber(3, 512),
    )
    .option("--static", "sums of what the encoder makes of its vocabulary, instead of every row")
    .addOption(new Option("--optimizer <name>", "default: adam").choices(["adam", "adamw"]))
    .option("--dropout <share>", "of the hidden activations", share({ isOpen: true }))
    .option("--label-smoothing <share>", "taken from the given label", share({ isOpen: true }))
    .option("--patience <n>", "stop after N evaluations without a lower loss", wholeNumber(0, 100))
    .addOption(
      new Option("--epoch-choice <how>", "which epoch's predictions count").choices([
        "vote",
        "fold",
        "last",
      ]),
    )
    .option("--soft-targets <id>", "train on a pruning's posterior or an uploaded npy (n, C)")
    .option("--soft-target-array <name>", "which array of an uploaded npz")
    .option("--soft-target-classes <list>", `${CLASSES_HELP}; default: the dataset's order`)
    .option("--soft-target-force", "use columns that fit the labels better in another order")
    .option(
      "--pretrain <epochs>",
      "first learn the texts' language, without labels",
      wholeNumber(1, 50),
    )
    .option("--keep-models", "keep each fold's model for download")
    .addOption(
      new Option("--backend <name>", "what to compute on").choices(
        FoldTrainingParams.shape.backend.unwrap().options,
      ),
    )
    .option("--prune", "then queue a pruning with default options")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action((dataset: string, options: TrainOptions) =>
    submitJob(
      "training",
      options,
      async (client, signal) =>
        client.call("createFoldTraining", {
          body: {
            datasetId: dataset,
            model: await modelOf(options, client, signal),
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
              softTargets: await softTargets(options, client, signal),
              pretraining: options.pretrain ? { epochs: options.pretrain } : undefined,
              keepModels: options.keepModels,
            }),
            ...given({
              secondRound: options.secondRound,
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

/** The model that the options ask for; the service checks the rest. */
async function modelOf(options: TrainOptions, client: Client, signal: AbortSignal) {
  const { model: kind, levels, preset, maxLength, checkpoint } = options;
  requireKnownOptions(options);
  const embeddings = await sentEmbeddings(options, client, signal);
  const { embeddingsEndpoint } = options;
  const vectors = { embeddings, encoder: encoderOf(options), embeddingsEndpoint };
  if (kind === "bert") {
    const from = { path: checkpoint as string };
    return { kind, checkpoint: from, ...given({ levels, maxLength, ...vectors }) } as const;
  }
  const from = checkpoint ? { path: checkpoint } : undefined;
  return given({ kind, levels, preset, maxLength, checkpoint: from, ...vectors });
}

function encoderOf({ encoder, pooling, encoderMaxLength, static: isStatic }: TrainOptions) {
  if (encoder === undefined) return undefined;
  return {
    checkpoint: { path: encoder },
    ...given({ pooling, maxLength: encoderMaxLength, static: isStatic }),
  };
}

/** What can be known before a file is sent. */
function requireKnownOptions(options: TrainOptions): void {
  const { model: kind, preset, checkpoint, embeddings, embeddingsIds } = options;
  if (embeddings === undefined && embeddingsIds !== undefined) {
    throw new CliError(
      "embeddings-missing",
      "--embeddings-ids names the rows of --embeddings: pass both",
    );
  }
  requireEncoderOptions(options);
  if (kind !== "bert") return;
  const from = checkpoint;
  if (from === undefined) {
    throw new CliError(
      "checkpoint-missing",
      "--model bert begins with pretrained weights: name their folder with --checkpoint",
    );
  }
  if (preset !== undefined) {
    throw new CliError(
      "preset-unused",
      "--preset is for albert: a bert has the sizes of its checkpoint; leave it out",
    );
  }
}

function requireEncoderOptions(options: TrainOptions): void {
  const { encoder, embeddings, embeddingsEndpoint } = options;
  const { pooling, encoderMaxLength, static: isStatic } = options;
  if ([encoder, embeddings, embeddingsEndpoint].filter((one) => one !== undefined).length > 1) {
    throw new CliError(
      "two-sources",
      "vectors come from --embeddings, --encoder or --embeddings-endpoint: pass one",
    );
  }
  const isOfEncoder = pooling !== undefined || encoderMaxLength !== undefined || isStatic;
  if (encoder !== undefined || !isOfEncoder) return;
  throw new CliError(
    "encoder-missing",
    "--pooling, --encoder-max-length and --static say how --encoder makes vectors: pass it too",
  );
}

/** Vectors as the job names them: files are uploaded, uploads are there. */
async function sentEmbeddings(
  { embeddings, embeddingsIds }: TrainOptions,
  client: Client,
  signal: AbortSignal,
) {
  if (embeddings === undefined) return undefined;
  const vectors = await sentArray(embeddings, client, signal);
  if (embeddingsIds === undefined) return vectors;
  const ids = await sentArray(embeddingsIds, client, signal);
  return { ...vectors, ids: ids.uploadId, ...given({ idsArray: ids.array }) };
}

async function sentArray(text: string, client: Client, signal: AbortSignal) {
  if (/^up_[^/.]+$/.test(text)) return { uploadId: text };
  const { file, array } = await parseArrayPath(text);
  return { uploadId: (await uploadFile(client, file, signal)).id, ...given({ array }) };
}

async function softTargets(options: TrainOptions, client: Client, signal: AbortSignal) {
  const { softTargets: id, softTargetClasses: classes } = options;
  if (id === undefined) return undefined;
  if (!id.startsWith("up_")) return { type: "pruning", pruningId: id } as const;
  return {
    type: "upload",
    uploadId: id,
    ...given({
      array: options.softTargetArray,
      classes: classes === undefined ? undefined : await sentClasses(classes, client, signal),
      force: options.softTargetForce,
    }),
  } as const;
}

const presets = () => {
  const [named] = AlbertParams.shape.preset.unwrap().options;
  return named.options;
};
