import { labelLevels } from "@winnow/confident-learning";
import { injectNoise } from "@winnow/corpus";
import { demoSet } from "@winnow/demo-set";
import { createRandom, shuffle } from "@winnow/numeric";
import { loadSet } from "../quality/sets.js";

/** Titles with true labels in two levels. */
export interface TreeSet {
  readonly name: string;
  readonly texts: readonly string[];
  readonly clean: Int32Array; // (n)
  /** Class names, each `parent/child`. */
  readonly names: readonly string[];
  readonly parentOf: Int32Array; // (k)
}

/** The demo set's titles, without its noise: 12 classes below 4 parents. */
export function generatedTitles(): TreeSet {
  const rows = demoSet();
  const names = [...new Set(rows.map(({ trueLabel }) => trueLabel))].sort();
  return {
    name: "generated",
    texts: rows.map(({ title }) => title),
    clean: Int32Array.from(rows, ({ trueLabel }) => names.indexOf(trueLabel)),
    names,
    parentOf: labelLevels(names)[0]!.groupOf,
  };
}

/**
 * The 15 classes of Toutiao, in the order of their ids (news_story, culture, entertainment, sports, finance,
 * house, car, edu, tech, military, travel, world, stock, agriculture, game), under parents made up here.
 */
const TOUTIAO_TREE = [
  ...["life/story", "life/culture", "leisure/entertainment", "leisure/sports", "money/finance"],
  ...["money/house", "goods/car", "life/education", "goods/technology", "world/military"],
  ...["land/travel", "world/world", "money/stock", "land/agriculture", "leisure/game"],
];

/** So many Toutiao titles, drawn at random. */
export async function toutiaoTitles(folder: string, rows: number): Promise<TreeSet> {
  const set = await loadSet("toutiao-symmetric", { folder, folds: 2, rows: undefined });
  const drawn = shuffle(createRandom(1, "titles"), Array.from(set.texts.keys())).slice(0, rows);
  return {
    name: "toutiao",
    texts: drawn.map((row) => set.texts[row]!),
    clean: Int32Array.from(drawn, (row) => set.clean[row]!),
    names: TOUTIAO_TREE,
    parentOf: labelLevels(TOUTIAO_TREE)[0]!.groupOf,
  };
}

export const NOISES = ["within", "across", "both"] as const;
export type TreeNoise = (typeof NOISES)[number];

/** Moves the share of each class's labels to its sisters, to classes of other parents, or to both. */
export function noisyLabels({ clean, names, parentOf }: TreeSet, noise: TreeNoise, rate: number) {
  const share = (from: number, to: number): number => {
    if (from === to) return 0;
    const isSister = parentOf[from] === parentOf[to];
    if (noise === (isSister ? "across" : "within")) return 0;
    const alike = [...parentOf].filter(
      (parent, k) => k !== from && (parent === parentOf[from]) === isSister,
    );
    return rate / alike.length;
  };
  const matrix = names.map((_, from) => {
    const row = names.map((_, to) => share(from, to));
    row[from] = 1 - row.reduce((sum, p) => sum + p, 0);
    return row;
  });
  return injectNoise(clean, [...names], { type: "matrix", matrix }, 1).labels;
}
