/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const LATIN = [
  "Ab",
  "ab",
  "a",
  "été",
  "x_1",
  "İz",
  "can't",
  "12",
  "𝐀𝐁",
  "ß",
  "co-op",
  "ǅ",
  "…",
  "ΣΑΣ",
];
const CJK = ["你", "好", "世界", "ー", "カ", "ひら", "𠀀", "，", "news", "９", "ｶ"];
const SPACES = [" ", "  ", "\t", "\u00a0", "\u3000", "\n\n", ""];

/** A small seeded data set of texts with signs, spaces and letters of many kinds. */
export function randomTexts(random: () => number, fixed: { k?: number } = {}) {
  const below = (limit: number) => Math.floor(random() * limit);
  const pieces = random() < 0.5 ? LATIN : CJK;
  const k = fixed.k ?? 2 + below(5);
  const count = 12 + below(30);
  const texts: string[] = [];
  const labels: number[] = [];
  const folds: number[] = [];
  for (let row = 0; row < count; row++) {
    let text = random() < 0.2 ? " " : "";
    for (let left = below(9); left > 0; left--) {
      text += pieces[below(pieces.length)]! + SPACES[below(SPACES.length)]!;
    }
    texts.push(text);
    labels.push(below(k));
    folds.push(below(4));
  }
  return { texts, labels, folds, k };
}
