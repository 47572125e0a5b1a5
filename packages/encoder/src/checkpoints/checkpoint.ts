import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EncoderError } from "../errors.js";
import type { AlbertConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import { parseVocabulary, type Vocabulary } from "../text/vocabulary.js";
import { type CheckpointOptions, parseCheckpointConfig } from "./checkpoint-config.js";
import { GOOGLE } from "./google.js";
import { HUGGING_FACE } from "./hugging-face.js";
import type { StoredTensor } from "./safetensors.js";
import { type FolderFormat, pickWeights, type ReadFile } from "./stored-weights.js";

/** The contents of a checkpoint folder. */
export interface Checkpoint {
  readonly config: AlbertConfig;
  /** Every weight that the head's tap needs and the file has, by our names. */
  readonly weights: Weights;
  readonly vocabularySize: number;
  /** Null if the folder has no vocab file. */
  readonly vocabulary: Vocabulary | null;
  /** Tensors of the file that this head does not use, by the file's names. */
  readonly surplus: readonly string[];
  readonly format: "safetensors" | "tensorflow-bundle";
}

const FORMATS: Record<Checkpoint["format"], FolderFormat> = {
  safetensors: HUGGING_FACE,
  "tensorflow-bundle": GOOGLE,
};

/**
 * Reads a Hugging Face folder (config.json, model.safetensors, vocab.txt) or a Google one
 * (albert_config.json, *.index, *.data-*, vocab*.txt). A classifier in the file is used if it has
 * the width of the configuration's head. Throws `bad-checkpoint` for damage,
 * `unsupported-checkpoint` for other formats, `missing-weights` with a list of what is missing or
 * has the wrong shape.
 */
export async function readCheckpoint(
  folder: string,
  options: CheckpointOptions & {
    format?: "safetensors" | "tensorflow-bundle";
    /** How a file of the folder is read. Default: as it is, also where a link leads elsewhere. */
    readFile?: ReadFile;
  } = {},
): Promise<Checkpoint> {
  const { readFile: read = readFile } = options;
  const files = await listFolder(folder);
  const formatName = options.format ?? chooseFormat(folder, files);
  const format = FORMATS[formatName];
  const text = utf8(await read(join(folder, pickConfig(folder, files, format))));
  const parsed = parseCheckpointConfig(text, format.flavour, options);
  const { vocabularySize } = parsed;
  const tensors = await format.readTensors(folder, files, read);
  refuseOldFiles(tensors);
  // Where E = H the file decides: Google and bert4keras omit the mapping, Hugging Face does not.
  const sameWidth = parsed.config.embeddingSize === parsed.config.hiddenSize;
  const hasMapping = [...tensors.keys()].some((name) =>
    name.includes("embedding_hidden_mapping_in"),
  );
  const config = { ...parsed.config, embeddingMapping: hasMapping || !sameWidth };

  const { weights, surplus } = pickWeights(tensors, format, config, vocabularySize);
  const vocabularyFile = files.find((file) => /^vocab.*\.txt$/.test(file));
  const vocabulary = vocabularyFile
    ? parseVocabulary(utf8(await read(join(folder, vocabularyFile))))
    : null;
  return { config, weights, vocabularySize, vocabulary, surplus, format: formatName };
}

const utf8 = (bytes: Buffer): string => bytes.toString("utf8");

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new EncoderError("bad-checkpoint", `The checkpoint folder ${folder} cannot be read.`, {
      cause,
    });
  }
}

function chooseFormat(folder: string, files: string[]): Checkpoint["format"] {
  if (files.includes("model.safetensors")) return "safetensors";
  if (files.some((file) => file.endsWith(".index"))) return "tensorflow-bundle";
  if (files.some((file) => /\.(bin|pt|pth|pkl|ckpt)$/.test(file))) {
    throw new EncoderError(
      "unsupported-checkpoint",
      `${folder} holds a pickle (pytorch_model.bin), which can run code when it is read. Convert it once in Python: AlbertForSequenceClassification.from_pretrained(folder).save_pretrained(folder, safe_serialization=True).`,
    );
  }
  throw new EncoderError(
    "unsupported-checkpoint",
    `${folder} holds neither model.safetensors nor a TensorFlow checkpoint (*.index with *.data-*).`,
  );
}

function pickConfig(
  folder: string,
  files: string[],
  { configFile: preferred }: FolderFormat,
): string {
  const found = [
    preferred,
    ...files.filter(
      (file) =>
        /config.*\.json$/.test(file) && file !== "tokenizer_config.json" && file !== "config.json",
    ),
  ].find((file) => files.includes(file));
  if (found === undefined)
    throw new EncoderError("bad-checkpoint", `${folder} has no ${preferred}.`);
  return found;
}

function refuseOldFiles(tensors: Map<string, StoredTensor>): void {
  const old = [...tensors.keys()].find((name) => /word_embeddings_2|layer_shared/.test(name));
  if (old === undefined) return;
  throw new EncoderError(
    "unsupported-checkpoint",
    `The checkpoint holds ${old}: it is one of brightmart's first ALBERT files, which have another architecture. Use his files marked "google", or a Hugging Face conversion.`,
  );
}
