import type { TextTokenizer } from "../text/tokenizer.js";

/** What a text is a sum of. */
export interface Units {
  /** The units as texts, by number; empty where they are the encoder's own tokens. */
  readonly texts: readonly string[];
  /** The numbers of a text's units, each as often as it occurs. */
  of(text: string): ArrayLike<number>;
}

/** The encoder's tokens, without the special ones at both ends. */
export function tokenUnits(tokenizer: TextTokenizer): Units {
  const [before, after] = tokenizer.ends;
  return {
    texts: [],
    of(text) {
      const ids = tokenizer.encode(text);
      return ids.subarray(before.length, ids.length - after.length);
    },
  };
}

/** Rarer units get no vector: encoding them costs more than they tell. */
const MIN_TEXTS = 20;

/** Characters and pairs of neighbouring characters, white space left out, met in 20 texts or more. */
export function characterUnits(texts: Iterable<string>, minTexts = MIN_TEXTS): Units {
  const met = new Map<string, number>();
  for (const text of texts) {
    for (const unit of new Set(unitsOf(text))) met.set(unit, (met.get(unit) ?? 0) + 1);
  }
  const kept = [...met].filter(([, count]) => count >= minTexts).map(([unit]) => unit);
  kept.sort();
  const numbers = new Map(kept.map((unit, number) => [unit, number]));
  return {
    texts: kept,
    of(text) {
      const found: number[] = [];
      for (const unit of unitsOf(text)) {
        const number = numbers.get(unit);
        if (number !== undefined) found.push(number);
      }
      return found;
    },
  };
}

function* unitsOf(text: string): Generator<string> {
  for (const word of text.toLowerCase().split(/\s+/u)) {
    const characters = [...word];
    for (let i = 0; i < characters.length; i++) {
      yield characters[i]!;
      if (i > 0) yield characters[i - 1]! + characters[i]!;
    }
  }
}
