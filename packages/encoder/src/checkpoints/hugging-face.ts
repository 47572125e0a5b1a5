import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EncoderError } from "../errors.js";
import type { EncoderConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { Vocabulary } from "../text/vocabulary.js";
import { huggingFaceConfig } from "./checkpoint-config.js";
import { openPytorchFile } from "./pytorch/pytorch-file.js";
import { openSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.js";
import { type FolderFormat, type Naming, type ReadFile, transposed } from "./stored-weights.js";
import { weightNames } from "./weight-names.js";

/** A finished model, as it is written to a folder. */
export interface TrainedModel {
  readonly config: EncoderConfig;
  readonly weights: Weights;
  readonly vocabulary: Vocabulary;
  readonly classNames: readonly string[];
  /** How the texts were split, so that other programs split them in the same way. */
  readonly lowerCase: boolean;
}

/** config.json, model.safetensors or its shards, vocab.txt. */
export const HUGGING_FACE: FolderFormat = {
  flavour: "hugging-face",
  configFiles: ["config.json", "bert_config.json", "albert_config.json"],
  readTensors: readSafetensorsFolder,
  naming: huggingFaceNaming,
  isTransposed: ({ transposedInHuggingFace }) => transposedInHuggingFace,
};

const PYTORCH_FILE = "pytorch_model.bin";

/** config.json, pytorch_model.bin or its shards, vocab.txt: the same names, in pickles. */
export const PYTORCH: FolderFormat = {
  ...HUGGING_FACE,
  async readTensors(folder, files, read) {
    const tensors = new Map<string, StoredTensor>();
    const whole = pytorchFile(files) ?? PYTORCH_FILE;
    for (const file of await weightFiles(folder, files, whole, read)) {
      const part = openPytorchFile(file, await read(join(folder, file)));
      for (const [name, tensor] of part) tensors.set(name, tensor);
    }
    return tensors;
  },
};

/** What a training leaves beside the weights. */
const OTHER_PICKLES = /^(training_args|optimizer|scheduler|scaler|rng_state)/;

/** The folder's file of `torch.save`, whole or as shards; undefined: there is none, or there are several. */
export function pytorchFile(files: readonly string[]): string | undefined {
  if (files.includes(PYTORCH_FILE) || files.includes(`${PYTORCH_FILE}.index.json`)) {
    return PYTORCH_FILE;
  }
  const others = files.filter(
    (file) => /\.(bin|pt|pth|ckpt)$/.test(file) && !OTHER_PICKLES.test(file),
  );
  return others.length === 1 ? others[0] : undefined;
}

async function readSafetensorsFolder(
  folder: string,
  files: readonly string[],
  read: ReadFile,
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const file of await weightFiles(folder, files, "model.safetensors", read)) {
    const part = openSafetensors(await read(join(folder, file)));
    for (const [name, tensor] of part.tensors) tensors.set(name, tensor);
    // Of tensors that share storage, safetensors keeps one and notes its name under the others'.
    for (const [name, kept] of Object.entries(part.metadata)) {
      const tensor = part.tensors.get(kept);
      if (tensor && !tensors.has(name)) tensors.set(name, tensor);
    }
  }
  return tensors;
}

/**
 * The file of this name, or the shards that its index lists. Throws `bad-checkpoint` for an index
 * that is no index, or that names files outside of the folder.
 */
export async function weightFiles(
  folder: string,
  files: readonly string[],
  whole: string,
  read: ReadFile,
): Promise<string[]> {
  if (files.includes(whole)) return [whole];
  const indexFile = `${whole}.index.json`;
  const bad = (what: string, cause?: unknown) =>
    new EncoderError("bad-checkpoint", `${join(folder, indexFile)} ${what}.`, { cause });
  let index: unknown;
  try {
    index = JSON.parse((await read(join(folder, indexFile))).toString("utf8"));
  } catch (cause) {
    throw bad("cannot be read as JSON", cause);
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null) throw bad("has no weight_map");
  const shards = [...new Set(Object.values(map))].sort();
  for (const shard of shards) {
    if (typeof shard !== "string" || !files.includes(shard))
      throw bad(`names the shard ${JSON.stringify(shard)}, which the folder does not hold`);
  }
  return shards as string[];
}

const WORDS = "embeddings.word_embeddings.weight";
/** Words are first: where an output layer shares their table, files keep either name. */
const ROOTS = [WORDS, "embeddings.position_embeddings.weight"];
const TIED = ["cls.predictions.decoder.weight", "predictions.decoder.weight"];

/**
 * Names of a Hugging Face file: whatever stands before the embeddings (`bert.`, `albert.`,
 * `0.auto_model.`, nothing) stands before the encoder's other weights, and LayerNorm's may be called
 * gamma and beta, as in the first files. Throws `unsupported-checkpoint` for several encoders.
 */
function huggingFaceNaming(tensors: ReadonlyMap<string, StoredTensor>): Naming {
  const prefix = encoderPrefix([...tensors.keys()]);
  return (ours, theirs) => {
    if (theirs === undefined) return [`winnow.${ours}`];
    const { huggingFace } = theirs;
    if (huggingFace.startsWith("classifier.")) return [huggingFace, `${prefix}${huggingFace}`];
    const name = `${prefix}${huggingFace}`;
    const old = name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma");
    const names = [name, old.replace(/LayerNorm\.bias$/, "LayerNorm.beta")];
    return huggingFace === WORDS ? [...names, ...TIED] : names;
  };
}

function encoderPrefix(names: readonly string[]): string {
  for (const root of ROOTS) {
    const ends = names.filter((name) => name === root || name.endsWith(`.${root}`));
    if (ends.length > 1) {
      throw new EncoderError(
        "unsupported-checkpoint",
        `The checkpoint holds ${ends.length} encoders (${ends.join(", ")}); save the one to use alone.`,
      );
    }
    if (ends.length === 1) return ends[0]!.slice(0, -root.length);
  }
  return "";
}

/** Writes a model as a Hugging Face folder; `winnow_head` in config.json describes its head. */
export async function writeHuggingFaceFolder(folder: string, model: TrainedModel): Promise<void> {
  const names = weightNames(model.config);
  const tensors = [...model.weights].map(([name, weight]) => {
    const theirs = names.get(name);
    if (theirs === undefined) return [`winnow.${name}`, weight] as const;
    const prefix = name.startsWith("classifier.") ? "" : `${model.config.modelType}.`;
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
