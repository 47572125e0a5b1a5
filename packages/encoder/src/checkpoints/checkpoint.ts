import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EncoderError } from "../errors.js";
import type { EncoderConfig, ModelType } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import {
  type CheckpointOptions,
  parseCheckpointConfig,
  statedModelType,
} from "./checkpoint-config.js";
import { type FolderTokenizer, readFolderTokenizer } from "./folder-tokenizer.js";
import { GOOGLE } from "./google.js";
import { HUGGING_FACE, PYTORCH, pytorchFile } from "./hugging-face.js";
import type { StoredTensor } from "./safetensors.js";
import { type FolderFormat, pickWeights, type ReadFile } from "./stored-weights.js";

/** The contents of a checkpoint folder. */
export interface Checkpoint extends FolderTokenizer {
  readonly config: EncoderConfig;
  /** Every weight that the head's tap needs and the file has, by our names. */
  readonly weights: Weights;
  /** Rows of the word embeddings: at least the pieces of the vocabulary. */
  readonly vocabularySize: number;
  /** Tensors of the file that this head does not use, by the file's names. */
  readonly surplus: readonly string[];
  readonly format: "safetensors" | "tensorflow-bundle" | "pytorch";
}

const FORMATS: Record<Checkpoint["format"], FolderFormat> = {
  safetensors: HUGGING_FACE,
  "tensorflow-bundle": GOOGLE,
  pytorch: PYTORCH,
};

/** How a folder is read. */
interface FolderOptions {
  readonly format?: Checkpoint["format"] | undefined;
  /** How a file of the folder is read. Default: as it is, also where a link leads elsewhere. */
  readonly readFile?: ReadFile | undefined;
}

/**
 * Reads an ALBERT or BERT folder, Hugging Face's (config.json, model.safetensors or
 * pytorch_model.bin or their shards, vocab.txt) or Google's (albert_config.json or bert_config.json, *.index, *.data-*, vocab*.txt). A
 * classifier in the file is used if it has the width of the configuration's head. Throws
 * `bad-checkpoint` for damage, `unsupported-checkpoint` for other formats and models,
 * `missing-weights` with a list of what is missing or has the wrong shape.
 */
export async function readCheckpoint(
  folder: string,
  options: CheckpointOptions & FolderOptions = {},
): Promise<Checkpoint> {
  const { readFile: read = readFile } = options;
  const files = await listFolder(folder);
  const formatName = options.format ?? chooseFormat(folder, files);
  const format = FORMATS[formatName];
  const configFile = pickConfig(folder, files, format);
  const text = utf8(await read(join(folder, configFile)));
  const stated = statedModelType(text, configFile);
  const tensors = await format.readTensors(folder, files, read);
  refuseOldFiles(tensors);
  const parsed = parseCheckpointConfig(text, format.flavour, {
    ...options,
    modelType: checkModelType(folder, configFile, stated, tensors, options.modelType),
  });
  // Where E = H the file decides: Google and bert4keras omit the mapping, Hugging Face does not.
  const sameWidth = parsed.config.embeddingSize === parsed.config.hiddenSize;
  const hasMapping = [...tensors.keys()].some((name) =>
    name.includes("embedding_hidden_mapping_in"),
  );
  const config = { ...parsed.config, embeddingMapping: hasMapping || !sameWidth };

  const picked = pickWeights(tensors, format, config, parsed.vocabularySize);
  const tokens = await readFolderTokenizer(folder, files, read);
  return { config, ...picked, ...tokens, format: formatName };
}

/**
 * What a folder's configuration says, without its weights. Throws `bad-checkpoint` and
 * `unsupported-checkpoint`.
 */
export async function readCheckpointConfig(
  folder: string,
  { format: asked, readFile: read = readFile }: FolderOptions = {},
): Promise<{ readonly config: EncoderConfig; readonly vocabularySize: number }> {
  const files = await listFolder(folder);
  const format = FORMATS[asked ?? chooseFormat(folder, files)];
  const configFile = pickConfig(folder, files, format);
  const text = utf8(await read(join(folder, configFile)));
  const modelType = statedModelType(text, configFile) ?? "bert";
  return parseCheckpointConfig(text, format.flavour, { modelType });
}

/** A folder's tokenizer, without its weights. Throws what `readCheckpoint` throws of it. */
export async function readTokenizer(
  folder: string,
  read: ReadFile = readFile,
): Promise<FolderTokenizer> {
  return readFolderTokenizer(folder, await listFolder(folder), read);
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
  const has = (whole: string) => files.includes(whole) || files.includes(`${whole}.index.json`);
  if (has("model.safetensors")) return "safetensors";
  if (files.some((file) => file.endsWith(".index"))) return "tensorflow-bundle";
  if (pytorchFile(files) !== undefined) return "pytorch";
  const others = files.filter((file) => /\.(h5|msgpack|onnx|gguf|ot|pkl|bin|pt|pth)$/.test(file));
  throw new EncoderError(
    "unsupported-checkpoint",
    `${folder} holds no model.safetensors, pytorch_model.bin or TensorFlow checkpoint (*.index with *.data-*)${others.length > 0 ? `, but ${others.slice(0, 3).join(", ")}; save it once with save_pretrained(folder)` : ""}.`,
  );
}

/** Other programs' settings, which say nothing of the encoder. */
const OTHER_CONFIGS = /tokenizer|generation|sentence|adapter|preprocessor|quantiz/;

function pickConfig(folder: string, files: string[], { configFiles }: FolderFormat): string {
  const others = files.filter(
    (file) =>
      /config.*\.json$/.test(file) && !OTHER_CONFIGS.test(file) && !configFiles.includes(file),
  );
  const found = [...configFiles, ...others].find((file) => files.includes(file));
  if (found === undefined)
    throw new EncoderError("bad-checkpoint", `${folder} has no ${configFiles[0]}.`);
  return found;
}

/** What the names of the tensors say; undefined where they fit neither. */
function storedModelType(tensors: ReadonlyMap<string, StoredTensor>): ModelType | undefined {
  for (const name of tensors.keys()) {
    if (/albert_layer_groups|\/group_\d+\/inner_group_/.test(name)) return "albert";
    if (/encoder[./]layer[._]\d/.test(name)) return "bert";
  }
  return undefined;
}

/** The model of a folder, on which its files and the caller agree. Throws `unsupported-checkpoint`. */
function checkModelType(
  folder: string,
  configFile: string,
  stated: ModelType | undefined,
  tensors: ReadonlyMap<string, StoredTensor>,
  asked: ModelType | undefined,
): ModelType {
  const stored = storedModelType(tensors);
  if (stated && stored && stated !== stored) {
    throw new EncoderError(
      "unsupported-checkpoint",
      `${folder}: ${configFile} describes a ${stated} model, and the weights are named as a ${stored} model's; put the files of one model into the folder.`,
    );
  }
  const found = stated ?? stored ?? "albert";
  if (asked && asked !== found) {
    throw new EncoderError(
      "unsupported-checkpoint",
      `${folder} holds a ${found} model, and a ${asked} model was asked for; ask for kind "${found}", or name another folder.`,
    );
  }
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
