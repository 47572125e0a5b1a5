import { join } from "node:path";
import { EncoderError } from "../errors.js";
import { createTokenizer, type TextTokenizer } from "../text/tokenizer.js";
import { fileTokenizer, parseTokenizerFile, wordPieceOf } from "../text/tokenizer-json.js";
import { parseVocabulary, type Vocabulary } from "../text/vocabulary.js";
import type { ReadFile } from "./stored-weights.js";

/** How a folder's model reads texts. */
export interface FolderTokenizer {
  /** BERT's pieces, of vocab.txt or of a WordPiece tokenizer.json; null where there are none. */
  readonly vocabulary: Vocabulary | null;
  /** Whether texts are lower-cased; null where no file says so. */
  readonly lowerCase: boolean | null;
  /**
   * The tokenizer that the model was trained with, texts cut to `maxLength` ids with the special
   * ones. Throws `bad-vocabulary`, `bad-config`.
   */
  tokenizer(maxLength: number): TextTokenizer;
}

/**
 * Reads tokenizer.json, or vocab*.txt, with tokenizer_config.json. Throws `bad-vocabulary` for files
 * that are damaged.
 */
export async function readFolderTokenizer(
  folder: string,
  files: readonly string[],
  read: ReadFile,
): Promise<FolderTokenizer> {
  const text = async (file: string) => (await read(join(folder, file))).toString("utf8");
  const settings = files.includes("tokenizer_config.json")
    ? parseSettings(await text("tokenizer_config.json"))
    : {};
  const vocabularyFile = files.find((file) => /^vocab.*\.txt$/.test(file));
  const listed = vocabularyFile ? parseVocabulary(await text(vocabularyFile)) : null;
  const stated = settings.do_lower_case;
  const lowerCase = typeof stated === "boolean" ? stated : null;
  if (files.includes("tokenizer.json")) {
    const file = parseTokenizerFile(await text("tokenizer.json"));
    const known = wordPieceOf(file);
    return {
      vocabulary: known?.vocabulary ?? listed,
      lowerCase: known?.lowerCase ?? lowerCase,
      tokenizer: (maxLength) => fileTokenizer(file, settings, maxLength),
    };
  }
  return {
    vocabulary: listed,
    lowerCase,
    tokenizer(maxLength) {
      if (listed === null) {
        throw new EncoderError(
          "bad-vocabulary",
          `${folder} has neither tokenizer.json nor vocab.txt; add the one that the model was published with.`,
        );
      }
      return createTokenizer(listed, { lowerCase: lowerCase ?? true, maxLength, unknown: "word" });
    },
  };
}

function parseSettings(text: string): Record<string, unknown> {
  try {
    const settings: unknown = JSON.parse(text);
    if (typeof settings === "object" && settings !== null) {
      return settings as Record<string, unknown>;
    }
  } catch (cause) {
    throw new EncoderError("bad-vocabulary", "tokenizer_config.json is not JSON.", { cause });
  }
  throw new EncoderError("bad-vocabulary", "tokenizer_config.json is not a JSON object.");
}
