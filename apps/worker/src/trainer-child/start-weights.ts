import { createHash } from "node:crypto";
import type { FoldTrainingParams } from "@winnow/contracts";
import {
  type AlbertConfig,
  type Checkpoint,
  createVocabulary,
  EncoderError,
  modelConfig,
  pretrain,
  readCheckpoint,
  readSafetensors,
  type Vocabulary,
  type Weights,
  writeSafetensors,
} from "@winnow/encoder";
import { sharedFileName } from "@winnow/storage";
import { modelFolder } from "../files/storage.js";
import type { ChildMessage } from "../trainer/messages.js";
import { checkpointOptions, modelOptions } from "./encoder-options.js";
import type { FoldInputs } from "./fold-inputs.js";
import type { SharedCache } from "./shared-cache.js";

type Tell = (message: ChildMessage) => void;

/** Rises with every change to how texts are read before the folds. */
const GENERATION = 1;

/** What a fold's model is before it learns: a checkpoint's, or one that starts at random. */
export interface Start {
  readonly config: AlbertConfig;
  /** The checkpoint's; null: one is learned from the texts. */
  readonly vocabulary: Vocabulary | null;
  /** The checkpoint's encoder; null: random. */
  readonly weights: Weights | null;
}

/**
 * Opens the checkpoint that is asked for, or says what random weights there will be. Its classifier
 * is left out: whose classes these were, and in which order, nobody knows. Throws
 * `source-not-allowed`, and what `readCheckpoint` throws.
 */
export async function openStart(
  params: FoldTrainingParams,
  modelsDir: string | null,
  tell: Tell,
): Promise<Start> {
  const asked = params.model.checkpoint;
  if (!asked) return { config: modelConfig(modelOptions(params)), vocabulary: null, weights: null };
  const folder = await modelFolder(modelsDir, asked.path);
  const { config, weights, vocabulary, vocabularySize, surplus, format } = await readCheckpoint(
    folder,
    { ...checkpointOptions(params), ...(asked.format && { format: asked.format }) },
  ).catch((error: unknown) => {
    throw withoutFolder(error, folder, asked.path);
  });
  tell({ type: "note", message: "checkpoint", data: { path: asked.path, format, surplus } });
  return {
    config,
    vocabulary: wholeVocabulary(vocabulary, vocabularySize, asked.path),
    weights: encoderOf(weights),
  };
}

function wholeVocabulary(
  vocabulary: Checkpoint["vocabulary"],
  size: number,
  path: string,
): Vocabulary {
  if (vocabulary === null) {
    const detail = `${path} has no vocab.txt; put the one beside it that the model was trained with.`;
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

/** Where the models lie on the worker is no caller's affair. */
function withoutFolder(error: unknown, folder: string, path: string): unknown {
  if (!(error instanceof EncoderError)) return error;
  return new EncoderError(error.code, error.message.replaceAll(folder, path), { cause: error });
}

/**
 * The weights after reading the dataset's own texts, where that was asked for: once for all folds
 * of a run, which share them through the cache. Without a storage that they all reach, each machine
 * makes its own, from the same seed.
 */
export async function startWeights(
  params: FoldTrainingParams,
  start: Start,
  inputs: Pick<FoldInputs, "tokens" | "vocabulary">,
  cache: SharedCache,
  tell: Tell,
): Promise<Weights | null> {
  const { pretraining } = params.training;
  if (!pretraining) return start.weights;
  const settings = [GENERATION, params.datasetId, params.seed, pretraining, start.config];
  const hash = createHash("sha256").update(JSON.stringify([settings, inputs.vocabulary]));
  for (const { values } of start.weights?.values() ?? []) hash.update(values);
  const name = sharedFileName(params.datasetId, hash.digest("hex"), "pretrained");
  const { value, made } = await cache.take<Weights>(name, {
    make: () =>
      pretrain({
        ...pretraining,
        config: start.config,
        vocabulary: createVocabulary(inputs.vocabulary),
        tokens: inputs.tokens,
        seed: params.seed,
        ...(start.weights && { weights: start.weights }),
        onProgress: pretrainingTeller(tell),
      }),
    encode: (weights) => [writeSafetensors([...weights], {})],
    decode: (content) => new Map(readSafetensors(content).tensors),
  });
  tell({ type: "note", message: "pretraining", data: { made } });
  return value;
}

function pretrainingTeller(tell: Tell) {
  let next = 0;
  return (progress: { step: number; steps: number; epoch: number; loss: number }) => {
    if (performance.now() < next) return;
    next = performance.now() + 1_000;
    const { step: pretrainingStep, steps: pretrainingSteps, epoch, loss } = progress;
    const metrics = { pretrainingStep, pretrainingSteps, epoch, loss };
    tell({ type: "progress", phase: "pretraining", metrics });
  };
}
