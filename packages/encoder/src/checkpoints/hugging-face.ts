import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AlbertConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { Vocabulary } from "../text/vocabulary.js";
import { huggingFaceConfig } from "./checkpoint-config.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";
import { type FolderFormat, transposed } from "./stored-weights.js";
import { weightNames } from "./weight-names.js";

/** A finished model, as it is written to a folder. */
export interface TrainedModel {
  readonly config: AlbertConfig;
  readonly weights: Weights;
  readonly vocabulary: Vocabulary;
  readonly classNames: readonly string[];
  /** How the texts were split, so that other programs split them in the same way. */
  readonly lowerCase: boolean;
}

/** config.json, model.safetensors, vocab.txt. */
export const HUGGING_FACE: FolderFormat = {
  flavour: "hugging-face",
  configFile: "config.json",
  readTensors: async (folder, _, read) =>
    readSafetensors(await read(join(folder, "model.safetensors"))).tensors,
  namesOf: (ours, theirs) =>
    theirs ? [`albert.${theirs.huggingFace}`, theirs.huggingFace] : [`winnow.${ours}`],
  isTransposed: ({ transposedInHuggingFace }) => transposedInHuggingFace,
};

/** Writes a model as a Hugging Face folder; `winnow_head` in config.json describes its head. */
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
