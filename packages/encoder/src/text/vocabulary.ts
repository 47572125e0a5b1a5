import { EncoderError } from "../errors.js";
import { splitWords } from "./word-splitter.js";

export const SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;
export type SpecialToken = (typeof SPECIAL_TOKENS)[number];

/** Word pieces and their ids (an id is the piece's index in `tokens`). */
export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  /** Ids of the five special pieces. */
  readonly special: Readonly<Record<SpecialToken, number>>;
}

/**
 * A vocabulary from its pieces in id order. Throws `bad-vocabulary` when a special piece is
 * missing.
 */
export function createVocabulary(tokens: readonly string[]): Vocabulary {
  const ids = new Map<string, number>();
  // As in BERT's own reader, a repeated piece gets its last index.
  tokens.forEach((token, id) => {
    ids.set(token, id);
  });
  const missing = SPECIAL_TOKENS.filter((token) => !ids.has(token));
  if (missing.length > 0) {
    throw new EncoderError(
      "bad-vocabulary",
      `The vocabulary of ${tokens.length} pieces has no ${missing.join(", ")}; a BERT vocab.txt holds all of ${SPECIAL_TOKENS.join(" ")}.`,
    );
  }
  const special = Object.fromEntries(SPECIAL_TOKENS.map((token) => [token, ids.get(token)]));
  return { tokens, ids, special: special as Record<SpecialToken, number> };
}

/** A vocabulary from the text of a BERT vocab.txt: one piece a line, the line number is the id. */
export function parseVocabulary(text: string): Vocabulary {
  const lines = text.split(/\r?\n/);
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return createVocabulary(lines);
}

/** How many pieces a learned vocabulary may hold, and how often a word must occur to become one. */
export interface LearnVocabularyOptions {
  maxSize?: number;
  minCount?: number;
  lowerCase?: boolean;
}

/**
 * Learns pieces from texts without their labels: the special ones, every character that occurs
 * `minCount` times (alone, and as `##x` where it occurs inside words, so that rare words can be
 * spelled), then the most frequent words of two characters or more. Ties are ordered by code point:
 * the same texts give the same ids.
 */
export function learnVocabulary(
  texts: Iterable<string>,
  options: LearnVocabularyOptions = {},
): Vocabulary {
  const learner = new VocabularyLearner(options);
  for (const text of texts) learner.add(text);
  return learner.vocabulary();
}

/** Learns as `learnVocabulary` does, from texts that come one by one. */
export class VocabularyLearner {
  readonly #options: Required<LearnVocabularyOptions>;
  readonly #characters = new Map<string, number>();
  readonly #words = new Map<string, number>();

  constructor({ maxSize = 21_128, minCount = 2, lowerCase = true }: LearnVocabularyOptions = {}) {
    this.#options = { maxSize, minCount, lowerCase };
  }

  add(text: string): void {
    for (const word of splitWords(text, this.#options.lowerCase)) {
      const letters = [...word];
      letters.forEach((letter, i) => {
        add(this.#characters, i === 0 ? letter : `##${letter}`);
      });
      if (letters.length > 1) add(this.#words, word);
    }
  }

  vocabulary(): Vocabulary {
    const { maxSize, minCount } = this.#options;
    const pieces: string[] = [...SPECIAL_TOKENS];
    for (const counts of [this.#characters, this.#words]) {
      for (const [piece] of byFrequency(counts, minCount)) {
        if (pieces.length >= maxSize) break;
        pieces.push(piece);
      }
    }
    return createVocabulary(pieces);
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function byFrequency(counts: Map<string, number>, minCount: number): [string, number][] {
  return [...counts]
    .filter(([, count]) => count >= minCount)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
