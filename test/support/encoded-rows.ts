import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createVocabulary,
  encoderFolder,
  initialWeights,
  modelConfig,
  openSentenceEncoder,
  VectorCache,
  writeHuggingFaceFolder,
} from "@winnow/encoder";
import { folderPath } from "@winnow/storage";
import { seededDraws } from "./draws.js";

/** A BERT of 8 columns and 16 positions, in a folder of folders. */
export const MODELS = fileURLToPath(new URL("../golden/bert-shapes", import.meta.url));
export const ENCODER = { checkpoint: { path: "bare-names" }, maxLength: 16 };

const WORDS = [
  ["cat", "dog"],
  ["river", "mat"],
  ["cafe", "walk"],
] as const;
const CLASSES = ["animals", "places", "cafes"];

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

/** Short texts of three classes, every tenth label wrong, about every third text met before. */
export function labelledTexts(rows: number): LabelledText[] {
  const below = seededDraws(rows);
  const made: LabelledText[] = [];
  for (let i = 0; i < rows; i++) {
    const before = i > 3 && below(3) === 0 ? made[below(i)]!.text : null;
    const truth = i % 3;
    const word = () => WORDS[below(4) === 0 ? below(3) : truth]![below(2)]!;
    const text = before ?? `the ${word()} sat on ${below(rows)} ${word()}, a ${word()}`;
    made.push({ text, label: CLASSES[below(10) === 0 ? (truth + 1) % 3 : truth]! });
  }
  return made;
}

export const csvOf = (rows: readonly LabelledText[]): string =>
  ["text,label", ...rows.map(({ text, label }) => `"${text}",${label}`)].join("\n");

/** Writes an ALBERT of random weights that takes some milliseconds a text; `path` names it below `models`. */
export async function writeSlowEncoder(models: string, path: string): Promise<void> {
  const config = modelConfig({
    preset: { hiddenSize: 256, embeddingSize: 64, layers: 8, heads: 4, intermediateSize: 1024 },
    maxLength: 32,
  });
  const words = ["the", "sat", "on", "a", ",", ...WORDS.flat(), ..."0123456789"];
  const pieces = Array.from("0123456789", (digit) => `##${digit}`);
  const tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words, ...pieces];
  await writeHuggingFaceFolder(join(models, path), {
    config,
    weights: initialWeights(config, tokens.length, 2, 5),
    vocabulary: createVocabulary(tokens),
    classNames: ["a", "b"],
    lowerCase: true,
  });
}

/** What lies in a service's cache of an encoder: vectors, and different texts among them. */
export async function countVectors(
  storageDir: string,
  folder = join(MODELS, ENCODER.checkpoint.path),
  options: { readonly maxLength?: number } = ENCODER,
): Promise<{ vectors: number; texts: number }> {
  const encoder = await openSentenceEncoder(folder, { maxLength: options.maxLength });
  const own = encoderFolder(folderPath(storageDir, "encoded"), encoder, { isStatic: false });
  const cache = await VectorCache.open(own, encoder.width);
  try {
    return { vectors: cache.records, texts: cache.size };
  } finally {
    await cache.close();
  }
}
