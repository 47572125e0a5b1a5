import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encoderFolder, openSentenceEncoder, VectorCache } from "@winnow/encoder";
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

/** What lies in a service's cache of the test's encoder: records, and different texts among them. */
export async function countVectors(
  storageDir: string,
): Promise<{ records: number; texts: number }> {
  const encoder = await openSentenceEncoder(join(MODELS, ENCODER.checkpoint.path), ENCODER);
  const folder = encoderFolder(join(storageDir, "vectors"), encoder, { isStatic: false });
  const cache = await VectorCache.open(folder, encoder.width);
  try {
    return { records: cache.records, texts: cache.size };
  } finally {
    await cache.close();
  }
}

/** The folders of encoders in a service's cache. */
export const encodersIn = (storageDir: string): Promise<string[]> =>
  readdir(join(storageDir, "vectors"));
