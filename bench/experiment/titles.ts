import { createRandom, shuffle } from "@winnow/numeric";
import { loadSet } from "../quality/sets.js";

/** So many Toutiao titles, drawn at random with the seed, as JSON lines of `text` and `label`. */
export async function drawnTitles(folder: string, rows: number, seed: number): Promise<Blob> {
  const { texts, clean } = await loadSet("toutiao-symmetric", {
    folder,
    folds: 2,
    rows: undefined,
  });
  const order = shuffle(createRandom(seed, "titles"), Array.from(texts.keys()));
  const lines = order
    .slice(0, rows)
    .map((row) => JSON.stringify({ text: texts[row], label: String(clean[row]) }));
  return new Blob([lines.join("\n")]);
}
