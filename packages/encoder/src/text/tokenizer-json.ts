import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { EncoderError } from "../errors.js";
import { createTokenizer, type TextTokenizer, textTokenizer } from "./tokenizer.js";
import { createVocabulary, type Vocabulary } from "./vocabulary.js";

/** A tokenizer.json as far as it is looked at here. */
interface TokenizerFile {
  readonly model?: {
    readonly type?: string;
    readonly vocab?: unknown;
    readonly unk_token?: string;
    readonly continuing_subword_prefix?: string;
    readonly max_input_chars_per_word?: number;
  };
  readonly normalizer?: {
    readonly type?: string;
    readonly clean_text?: boolean;
    readonly handle_chinese_chars?: boolean;
    readonly strip_accents?: boolean | null;
    readonly lowercase?: boolean;
  } | null;
  readonly pre_tokenizer?: { readonly type?: string } | null;
}

/** BERT's own tokenizer as a tokenizer.json describes it. */
export interface WordPieceFile {
  readonly vocabulary: Vocabulary;
  readonly lowerCase: boolean;
}

/** Parses a tokenizer.json. Throws `bad-vocabulary`. */
export function parseTokenizerFile(text: string): TokenizerFile {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new EncoderError("bad-vocabulary", "tokenizer.json is not JSON.", { cause });
  }
  const { model } = (file ?? {}) as TokenizerFile;
  if (typeof model !== "object" || model === null || !model.vocab) {
    throw new EncoderError(
      "bad-vocabulary",
      "tokenizer.json has no model with a vocabulary; take the one that the model was published with.",
    );
  }
  return file as TokenizerFile;
}

/** BERT's WordPiece, if the file describes exactly that; null for any other tokenizer. */
export function wordPieceOf({
  model,
  normalizer,
  pre_tokenizer: splitter,
}: TokenizerFile): WordPieceFile | null {
  const lowerCase = normalizer?.lowercase === true;
  const isBert =
    model?.type === "WordPiece" &&
    (model.continuing_subword_prefix ?? "##") === "##" &&
    (model.unk_token ?? "[UNK]") === "[UNK]" &&
    (model.max_input_chars_per_word ?? 100) === 100 &&
    normalizer?.type === "BertNormalizer" &&
    normalizer.clean_text !== false &&
    normalizer.handle_chinese_chars !== false &&
    (normalizer.strip_accents ?? lowerCase) === lowerCase &&
    splitter?.type === "BertPreTokenizer";
  if (!isBert) return null;
  const pieces = Object.entries(model.vocab as Record<string, number>);
  const tokens: string[] = [];
  for (const [piece, id] of pieces) tokens[id] = piece;
  // An id without a piece would make the list's indexes other numbers than the ids.
  if (tokens.length !== pieces.length) return null;
  return { vocabulary: createVocabulary(tokens), lowerCase };
}

/**
 * The tokenizer of a tokenizer.json (WordPiece, Unigram, BPE): each text between the special ids of
 * the file's template, at most `maxLength` with them. Throws `bad-vocabulary`, `bad-config`.
 */
export function fileTokenizer(
  file: TokenizerFile,
  settings: Record<string, unknown>,
  maxLength: number,
): TextTokenizer {
  const known = wordPieceOf(file);
  if (known !== null) {
    const { vocabulary, lowerCase } = known;
    return createTokenizer(vocabulary, { lowerCase, maxLength, unknown: "word" });
  }
  const library = openLibrary(file, settings);
  const inner = (text: string): number[] => library.encode(text, { add_special_tokens: false }).ids;
  const [before, after] = specialIds(library);
  const room = maxLength - before.length - after.length;
  if (room < 1) {
    throw new EncoderError("bad-config", `maxLength ${maxLength} leaves no room for a piece.`);
  }
  return textTokenizer([before, after], (text, out) => {
    const ids = inner(text);
    out.push(...before);
    for (let i = 0; i < Math.min(room, ids.length); i++) out.push(ids[i]!);
    out.push(...after);
  });
}

function openLibrary(file: TokenizerFile, settings: Record<string, unknown>): LibraryTokenizer {
  try {
    return new LibraryTokenizer(file, settings);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EncoderError("bad-vocabulary", `tokenizer.json cannot be used: ${why}`, { cause });
  }
}

/** The ids that the file's template puts before and after a text. */
function specialIds(library: LibraryTokenizer): [before: number[], after: number[]] {
  const plain: number[] = library.encode("a", { add_special_tokens: false }).ids;
  const whole: number[] = library.encode("a").ids;
  const start = whole.findIndex((_, i) => plain.every((id, j) => whole[i + j] === id));
  if (start < 0 || plain.length === 0) {
    throw new EncoderError("bad-vocabulary", "tokenizer.json has a template that cannot be used.");
  }
  return [whole.slice(0, start), whole.slice(start + plain.length)];
}
