import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EncoderError } from "../errors.js";
import type { AlbertConfig } from "../model/config.js";
import { parameterShapes, type Weights } from "../model/parameters.js";
import { parseVocabulary, type Vocabulary } from "../text/vocabulary.js";
import {
  type CheckpointOptions,
  huggingFaceConfig,
  parseCheckpointConfig,
} from "./checkpoint-config.js";
import { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.js";
import { readBundleIndex, readBundleTensor } from "./tensorflow-bundle.js";
import { isIgnoredTensor, type WeightNames, weightNames } from "./weight-names.js";

/** A checkpoint folder, read. */
export interface Checkpoint {
  readonly config: AlbertConfig;
  /** Every weight that the head's tap needs and the file has, by our names. */
  readonly weights: Weights;
  readonly vocabularySize: number;
  /** Null where the folder has no vocab file. */
  readonly vocabulary: Vocabulary | null;
  /** Tensors of the file that this head does not use, by the file's names. */
  readonly surplus: readonly string[];
  readonly format: "safetensors" | "tensorflow-bundle";
}

/** A finished model, as it is written to a folder. */
export interface TrainedModel {
  readonly config: AlbertConfig;
  readonly weights: Weights;
  readonly vocabulary: Vocabulary;
  readonly classNames: readonly string[];
  /** How the texts were split, so that others split them alike. */
  readonly lowerCase: boolean;
}

/**
 * Reads a Hugging Face folder (config.json, model.safetensors, vocab.txt) or a Google one
 * (albert_config.json, *.index, *.data-*, vocab*.txt). A classifier in the file is taken when the
 * configuration's head has its width. Throws `bad-checkpoint` for damage, `unsupported-checkpoint`
 * for other formats, `missing-weights` with a list of what is absent or wrongly shaped.
 */
export async function readCheckpoint(
  folder: string,
  options: CheckpointOptions & { format?: "safetensors" | "tensorflow-bundle" } = {},
): Promise<Checkpoint> {
  const files = await listFolder(folder);
  const format = options.format ?? chooseFormat(folder, files);
  const huggingFace = format === "safetensors";
  const text = await readFile(join(folder, pickConfig(folder, files, huggingFace)), "utf8");
  const parsed = parseCheckpointConfig(text, huggingFace ? "hugging-face" : "google", options);
  const { vocabularySize } = parsed;
  const tensors = huggingFace
    ? readSafetensors(await readFile(join(folder, "model.safetensors"))).tensors
    : await readBundle(folder, files);
  refuseOldFiles(tensors);
  // Where E = H the file decides: Google and bert4keras leave the mapping out, Hugging Face not.
  const sameWidth = parsed.config.embeddingSize === parsed.config.hiddenSize;
  const hasMapping = [...tensors.keys()].some((name) =>
    name.includes("embedding_hidden_mapping_in"),
  );
  const config = { ...parsed.config, embeddingMapping: hasMapping || !sameWidth };

  const { weights, surplus } = pickWeights(tensors, config, vocabularySize, huggingFace);
  const vocabularyFile = files.find((file) => /^vocab.*\.txt$/.test(file));
  const vocabulary = vocabularyFile
    ? parseVocabulary(await readFile(join(folder, vocabularyFile), "utf8"))
    : null;
  return { config, weights, vocabularySize, vocabulary, surplus, format };
}

/** Writes a model as a Hugging Face folder; its own head is named in `winnow_head` of config.json. */
export async function writeHuggingFaceFolder(folder: string, model: TrainedModel): Promise<void> {
  const names = weightNames(model.config);
  const tensors = [...model.weights].map(([name, weight]) => {
    const theirs = names.get(name);
    if (theirs === undefined) return [`winnow.${name}`, weight] as const;
    const prefix = name.startsWith("classifier.") ? "" : "albert.";
    return [
      `${prefix}${theirs.huggingFace}`,
      theirs.transposedInHuggingFace ? transposed(weight) : weight,
    ] as const;
  });
  const json = huggingFaceConfig(model.config, model.vocabulary.tokens.length, model.classNames);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "model.safetensors"), writeSafetensors(tensors, { format: "pt" }));
  await writeFile(join(folder, "config.json"), `${JSON.stringify(json, null, 2)}\n`);
  await writeFile(join(folder, "vocab.txt"), `${model.vocabulary.tokens.join("\n")}\n`);
  // Hugging Face's own ALBERT tokenizer is SentencePiece; Chinese checkpoints use BERT's.
  const tokenizer = { tokenizer_class: "BertTokenizer", do_lower_case: model.lowerCase };
  await writeFile(join(folder, "tokenizer_config.json"), `${JSON.stringify(tokenizer, null, 2)}\n`);
}

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

function pickConfig(folder: string, files: string[], huggingFace: boolean): string {
  const preferred = huggingFace ? "config.json" : "albert_config.json";
  const found = [
    preferred,
    ...files.filter(
      (file) =>
        /config.*\.json$/.test(file) && file !== "tokenizer_config.json" && file !== "config.json",
    ),
  ].find((file) => existsSync(join(folder, file)));
  if (found === undefined)
    throw new EncoderError("bad-checkpoint", `${folder} has no ${preferred}.`);
  return found;
}

async function readBundle(folder: string, files: string[]): Promise<Map<string, StoredTensor>> {
  const indexFiles = files.filter((file) => file.endsWith(".index")).sort();
  if (indexFiles.length !== 1) {
    throw new EncoderError(
      "unsupported-checkpoint",
      `${folder} holds ${indexFiles.length} checkpoints (${indexFiles.join(", ")}); keep one.`,
    );
  }
  const prefix = indexFiles[0]!.slice(0, -".index".length);
  const index = readBundleIndex(await readFile(join(folder, indexFiles[0]!)));
  const shards = await Promise.all(
    Array.from({ length: index.shards }, async (_, shard) => {
      const five = (n: number) => String(n).padStart(5, "0");
      const file = `${prefix}.data-${five(shard)}-of-${five(index.shards)}`;
      if (!files.includes(file))
        throw new EncoderError("bad-checkpoint", `${folder} lacks ${file}.`);
      return readFile(join(folder, file));
    }),
  );
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of index.entries) {
    if (isIgnoredTensor(name)) continue;
    tensors.set(name, readBundleTensor(name, entry, shards[entry.shard]!));
  }
  return tensors;
}

function refuseOldFiles(tensors: Map<string, StoredTensor>): void {
  const old = [...tensors.keys()].find((name) => /word_embeddings_2|layer_shared/.test(name));
  if (old === undefined) return;
  throw new EncoderError(
    "unsupported-checkpoint",
    `The checkpoint holds ${old}: it is one of brightmart's first ALBERT files, another architecture. Take his files marked "google" or a Hugging Face conversion.`,
  );
}

function pickWeights(
  tensors: Map<string, StoredTensor>,
  config: AlbertConfig,
  vocabularySize: number,
  huggingFace: boolean,
): { weights: Weights; surplus: string[] } {
  const names = weightNames(config);
  const used = new Set<string>();
  const weights: Weights = new Map();
  const faults: string[] = [];
  const find = (ours: string, theirs: WeightNames | undefined): StoredTensor | undefined => {
    const candidates = huggingFace
      ? theirs
        ? [`albert.${theirs.huggingFace}`, theirs.huggingFace]
        : [`winnow.${ours}`]
      : theirs
        ? [theirs.google]
        : [];
    const name = candidates.find((candidate) => tensors.has(candidate));
    if (name === undefined) return undefined;
    const stored = tensors.get(name)!;
    const turned = huggingFace ? theirs?.transposedInHuggingFace : theirs?.transposedInGoogle;
    used.add(name);
    return turned && stored.shape.length === 2 ? transposed(stored) : stored;
  };

  const classifier = find("classifier.bias", names.get("classifier.bias"));
  const classes = classifier?.shape[0] ?? 2;
  for (const [ours, { shape }] of parameterShapes(config, vocabularySize, classes)) {
    const stored = find(ours, names.get(ours));
    // What stands above the encoder may be trained anew; a head of another width is.
    const optional = /^(classifier|cnn\d|wide)/.test(ours);
    if (stored !== undefined && String(stored.shape) === String(shape)) weights.set(ours, stored);
    else if (!optional)
      faults.push(stored ? `${ours} is [${stored.shape}], not [${shape}]` : `${ours} is missing`);
  }
  if (faults.length > 0) {
    throw new EncoderError(
      "missing-weights",
      `The checkpoint does not fit its configuration: ${faults.join("; ")}.`,
    );
  }
  const surplus = [...tensors.keys()].filter((name) => !used.has(name) && !isIgnoredTensor(name));
  return { weights, surplus };
}

function transposed({ shape, values }: StoredTensor): StoredTensor {
  const [rows, columns] = shape as [number, number];
  const turned = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j]!;
  }
  return { shape: [columns, rows], values: turned };
}
