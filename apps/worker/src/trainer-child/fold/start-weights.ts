import { createHash } from "node:crypto";
import type { NetworkTraining } from "@winnow/contracts";
import {
  type Checkpoint,
  createVocabulary,
  type EncoderConfig,
  EncoderError,
  modelConfig,
  pretrain,
  readCheckpoint,
  readSafetensors,
  type TokenShards,
  type Vocabulary,
  type Weights,
  writeSafetensors,
} from "@winnow/encoder";
import { sharedFileName } from "@winnow/storage";
import { stringify } from "safe-stable-stringify";
import { modelFile, modelFolder } from "../../files/storage.js";
import type { SharedCache } from "../../run-files/shared-cache.js";
import type { FoldInputs } from "../inputs/fold-inputs.js";
import { withoutFolder } from "../inputs/without-folder.js";
import { checkpointOptions, modelOptions } from "./encoder-options.js";
import type { Send } from "./fold-deps.js";
import { pretrainingProgress } from "./progress.js";

/** Increased with every change to the pretraining, so that older files are not used. */
const GENERATION = 1;

/** A fold's model before training: a checkpoint's, or one with random weights. */
export interface Start {
  readonly config: EncoderConfig;
  /** The checkpoint's; null: it is learned from the texts. */
  readonly vocabulary: Vocabulary | null;
  readonly lowerCase: boolean;
  /** The checkpoint's encoder; null: random. */
  readonly weights: Weights | null;
}

/**
 * Opens the requested checkpoint, or configures a model with random weights. A checkpoint's
 * classifier is left out: its classes and their order are unknown. Throws `source-not-allowed`, and
 * what `readCheckpoint` throws.
 */
export async function openStart(
  params: NetworkTraining,
  modelsDir: string | null,
  send: Send,
): Promise<Start> {
  const { model } = params;
  const { checkpoint } = model;
  if (model.kind !== "bert" && !checkpoint) {
    const { lowerCase } = model.tokenizer;
    const config = modelConfig(modelOptions({ ...params, model }));
    return { config, vocabulary: null, lowerCase, weights: null };
  }
  if (!checkpoint) throw new Error("a BERT has no checkpoint");
  const folder = await modelFolder(modelsDir, checkpoint.path);
  const read = await readCheckpoint(folder, {
    ...checkpointOptions(params),
    ...(checkpoint.format && { format: checkpoint.format }),
    readFile: (path) => modelFile(modelsDir, path),
  }).catch((error: unknown) => {
    throw withoutFolder(error, folder, checkpoint.path);
  });
  const { config, weights, vocabulary, vocabularySize, surplus, format } = read;
  send({ type: "note", message: "checkpoint", data: { path: checkpoint.path, format, surplus } });
  return {
    config,
    vocabulary: wholeVocabulary(vocabulary, vocabularySize, checkpoint.path),
    lowerCase: model.tokenizer.lowerCase ?? read.lowerCase ?? true,
    weights: encoderOf(weights),
  };
}

function wholeVocabulary(
  vocabulary: Checkpoint["vocabulary"],
  size: number,
  path: string,
): Vocabulary {
  if (vocabulary === null) {
    const detail = `${path} has no vocab.txt and no tokenizer.json of WordPiece: folds are trained on word pieces. Add the vocabulary that the model was trained with, or take the encoder's vectors instead.`;
    throw new EncoderError("bad-checkpoint", detail);
  }
  const pieces = vocabulary.tokens.length;
  if (pieces <= size) return vocabulary;
  throw new EncoderError(
    "bad-checkpoint",
    `${path}: the vocabulary has ${pieces} pieces, the model's embeddings ${size} rows; they belong to different models.`,
  );
}

const encoderOf = (weights: Weights): Weights =>
  new Map([...weights].filter(([name]) => !/^(classifier|wide)/.test(name)));

/**
 * The weights that a fold starts from; null: random. Where pretraining on the dataset's own texts is
 * asked for, it runs once for all folds of a run, which share the weights through the cache. Machines
 * without a common storage each pretrain, from the same seed.
 */
export async function startWeights(
  params: NetworkTraining,
  start: Start,
  { rows, inputs }: { rows: TokenShards; inputs: Pick<FoldInputs, "vocabulary"> },
  cache: SharedCache,
  send: Send,
): Promise<Weights | null> {
  const { pretraining } = params.training;
  if (!pretraining) return start.weights;
  const settings = [GENERATION, params.datasetId, params.seed, pretraining, start.config];
  const hash = createHash("sha256").update(stringify([settings, inputs.vocabulary]));
  for (const { values } of start.weights?.values() ?? []) hash.update(values);
  const name = sharedFileName(params.datasetId, hash.digest("hex"), "pretrained");
  const { value, made } = await cache.take<Weights>(name, {
    make: () =>
      pretrain({
        ...pretraining,
        config: start.config,
        vocabulary: createVocabulary(inputs.vocabulary),
        rows,
        seed: params.seed,
        ...(start.weights && { weights: start.weights }),
        onProgress: pretrainingProgress(send),
      }),
    encode: (weights) => [writeSafetensors([...weights], {})],
    decode: (content) => new Map(readSafetensors(content).tensors),
  });
  send({ type: "note", message: "pretraining", data: { made } });
  return value;
}
