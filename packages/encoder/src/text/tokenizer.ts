import { EncoderError } from "../errors.js";
import type { Vocabulary } from "./vocabulary.js";
import { splitWords } from "./word-splitter.js";

/** Token ids of many texts, concatenated: text i is `ids[offsets[i] .. offsets[i + 1])`. */
export interface TokenTable {
  readonly ids: Int32Array | Uint16Array;
  /** (n + 1), starting with 0. */
  readonly offsets: Int32Array;
}

/** How texts become pieces. */
export interface TokenizerOptions {
  /** Lower-case and strip accents first (default true). */
  lowerCase?: boolean;
  /**
   * Most pieces of a text, including [CLS] and [SEP]; longer texts are cut before [SEP] (default
   * 64).
   */
  maxLength?: number;
  /**
   * For a word that does not match: "word" gives one [UNK], as BERT does, "piece" one [UNK] per
   * unmatched character.
   */
  unknown?: "word" | "piece";
}

/** Texts to ids, special ones at both ends, cut to a length. */
export interface TextTokenizer {
  /** The special ids before and after a text's own. */
  readonly ends: readonly [before: readonly number[], after: readonly number[]];
  encode(text: string): Int32Array;
  encodeAll(texts: Iterable<string>): TokenTable;
}

/** BERT's WordPiece over a vocabulary: `[CLS] pieces [SEP]`. */
export interface Tokenizer extends TextTokenizer {
  readonly vocabulary: Vocabulary;
}

/** A tokenizer with greedy longest match; `unknown` defaults to "piece". Throws `bad-config`. */
export function createTokenizer(vocabulary: Vocabulary, options: TokenizerOptions = {}): Tokenizer {
  const { lowerCase = true, maxLength = 64, unknown = "piece" } = options;
  if (!Number.isInteger(maxLength) || maxLength < 3) {
    throw new EncoderError(
      "bad-config",
      `maxLength ${maxLength} is too small: a text needs at least 3 pieces ([CLS], one of its own, [SEP]).`,
    );
  }
  const pieceIds = createWordCache(vocabulary, unknown);
  const { "[CLS]": cls, "[SEP]": sep } = vocabulary.special;

  const encodeInto = (text: string, out: number[]): void => {
    const end = out.length + maxLength - 1;
    out.push(cls);
    for (const word of splitWords(text, lowerCase)) {
      for (const id of pieceIds(word)) {
        if (out.length === end) break;
        out.push(id);
      }
      if (out.length === end) break;
    }
    out.push(sep);
  };

  return { vocabulary, ...textTokenizer([[cls], [sep]], encodeInto) };
}

/** A tokenizer from a function that appends a text's ids. */
export function textTokenizer(
  ends: TextTokenizer["ends"],
  encodeInto: (text: string, out: number[]) => void,
): TextTokenizer {
  return {
    ends,
    encode(text) {
      const out: number[] = [];
      encodeInto(text, out);
      return Int32Array.from(out);
    },
    encodeAll(texts) {
      const offsets = [0];
      const chunks: Int32Array[] = [];
      let total = 0;
      let chunk: number[] = [];
      for (const text of texts) {
        encodeInto(text, chunk);
        offsets.push(total + chunk.length);
        if (chunk.length >= 1 << 16) {
          total += chunk.length;
          chunks.push(Int32Array.from(chunk));
          chunk = [];
        }
      }
      chunks.push(Int32Array.from(chunk));
      const ids = new Int32Array(offsets.at(-1)!);
      let at = 0;
      for (const part of chunks) {
        ids.set(part, at);
        at += part.length;
      }
      return { ids, offsets: Int32Array.from(offsets) };
    },
  };
}

/** Caches the piece ids of words: most words of a data set occur again. */
function createWordCache(
  vocabulary: Vocabulary,
  unknown: "word" | "piece",
): (word: string) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  const longest = vocabulary.tokens.reduce((most, piece) => Math.max(most, piece.length), 1);
  return (word) => {
    let ids = known.get(word);
    if (ids === undefined) {
      ids = wordPieces(vocabulary, word, unknown, longest);
      if (known.size < 200_000) known.set(word, ids);
    }
    return ids;
  };
}

// BERT makes longer words unknown; the "piece" rule has no such limit.
const MAX_WORD_CHARACTERS = 100;

function wordPieces(
  vocabulary: Vocabulary,
  word: string,
  unknown: "word" | "piece",
  longest: number,
): number[] {
  const { ids, special } = vocabulary;
  const letters = [...word];
  if (unknown === "word" && letters.length > MAX_WORD_CHARACTERS) return [special["[UNK]"]];
  const pieces: number[] = [];
  for (let start = 0; start < letters.length; ) {
    // No piece is longer, so the time is linear in the word's length.
    let end = Math.min(letters.length, start + longest);
    let id: number | undefined;
    for (; end > start; end--) {
      const text = letters.slice(start, end).join("");
      id = ids.get(start === 0 ? text : `##${text}`);
      if (id !== undefined) break;
    }
    if (id === undefined && unknown === "word") return [special["[UNK]"]];
    pieces.push(id ?? special["[UNK]"]);
    start = id === undefined ? start + 1 : end;
  }
  return pieces;
}
