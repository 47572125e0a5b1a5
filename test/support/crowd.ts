/** A made-up crowd: what each annotator says of each row, and what is true. */
export interface Crowd {
  readonly annotators: readonly string[];
  readonly classes: readonly string[];
  readonly texts: readonly string[];
  /** (n) names */
  readonly truth: readonly string[];
  /** (n, annotators) names; "": no label. */
  readonly labels: readonly (readonly string[])[];
}

const CLASSES = ["sports", "money", "travel"];
const WORDS = [
  ["goal", "match", "team", "coach", "league", "striker"],
  ["bank", "loan", "stock", "market", "interest", "bond"],
  ["hotel", "flight", "beach", "island", "visa", "luggage"],
];

/**
 * `accuracies` has one for each annotator; each labels `share` of the rows, and every row has a label of
 * somebody.
 */
export function makeCrowd(
  rows: number,
  accuracies: readonly number[],
  { share = 0.7, seed = 1 }: { readonly share?: number; readonly seed?: number } = {},
): Crowd {
  const random = generator(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const annotators = accuracies.map((_, j) => `person ${j}`);
  const all = Array.from({ length: rows }, (_, i) => {
    const c = i % CLASSES.length;
    const words = Array.from({ length: 6 }, () => pick(random() < 0.8 ? WORDS[c]! : WORDS.flat()));
    const somebody = Math.floor(random() * accuracies.length);
    const labels = accuracies.map((accuracy, j) => {
      if (j !== somebody && random() > share) return "";
      const others = CLASSES.filter((_, other) => other !== c);
      return random() < accuracy ? CLASSES[c]! : pick(others);
    });
    return { text: `${words.join(" ")} ${i}`, truth: CLASSES[c]!, labels };
  });
  return {
    annotators,
    classes: CLASSES,
    texts: all.map(({ text }) => text),
    truth: all.map(({ truth }) => truth),
    labels: all.map(({ labels }) => labels),
  };
}

/** A file with a column for each annotator. */
export function wideCsv({ annotators, texts, truth, labels }: Crowd): string {
  const lines = texts.map((text, i) => [`r${i}`, text, truth[i], ...labels[i]!].join(","));
  return `${[["id", "text", "truth", ...annotators].join(","), ...lines].join("\n")}\n`;
}

/** A file with a row for each label, those of a text far apart; only the first has the text. */
export function longCsv({ annotators, texts, truth, labels }: Crowd): string {
  const seen = new Set<number>();
  const lines = annotators.flatMap((annotator, j) =>
    texts.flatMap((text, i) => {
      const label = labels[i]![j]!;
      if (label === "") return [];
      const own = seen.has(i) ? "" : text;
      seen.add(i);
      return [[`r${i}`, own, truth[i], annotator, label].join(",")];
    }),
  );
  return `${["id,text,truth,worker,label", ...lines].join("\n")}\n`;
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
