// The specification of the quick model line by line, for tests: strings, maps and dense loops, no
// code shared with src. Slow on purpose.

export interface SlowFeatures {
  readonly cjk: boolean;
  /** By row: feature to value. A feature's name starts with its block. */
  readonly rows: readonly Map<string, number>[];
  readonly names: readonly string[];
}

export function slowFeatures(texts: readonly string[]): SlowFeatures {
  const letters = (pattern: RegExp) =>
    texts.reduce((sum, t) => sum + (t.match(pattern) ?? []).length, 0);
  const shared = letters(/(?=\p{sc=Common})[ー〆ｰ\u3031-\u3035\uff9e\uff9f\u303c]/gu);
  const cjkLetters = letters(/(?=\p{L})[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/gu);
  const cjk = 2 * cjkLetters > letters(/\p{L}/gu) - shared;
  const blocks = cjk
    ? [texts.map((text) => cjkNgrams(text))]
    : [texts.map((text) => wordNgrams(text)), texts.map((text) => pieceNgrams(text))];
  const weighted = blocks.map((block) => tfIdf(block));
  const rows = texts.map((_, row) =>
    unit(new Map(weighted.flatMap((block) => [...unit(block[row]!)]))),
  );
  return { cjk, rows, names: [...new Set(rows.flatMap((row) => [...row.keys()]))] };
}

function wordNgrams(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
  const pairs = words.slice(1).map((word, i) => `${words[i]} ${word}`);
  return [...words, ...pairs].map((ngram) => `w:${ngram}`);
}

function pieceNgrams(text: string): string[] {
  const pieces = text
    .toLowerCase()
    .split(/\s/u)
    .filter((piece) => piece.length > 0);
  return pieces.flatMap((piece) => runs([..." ", ...piece, ..." "], [2, 3, 4]));
}

function cjkNgrams(text: string): string[] {
  return runs([...text.toLowerCase().replaceAll(/\s+/gu, " ")], [1, 2, 3]);
}

function runs(points: string[], sizes: number[]): string[] {
  return sizes.flatMap((size) =>
    points.flatMap((_, i) =>
      i + size <= points.length ? [`c:${points.slice(i, i + size).join("")}`] : [],
    ),
  );
}

function tfIdf(block: readonly string[][]): Map<string, number>[] {
  const n = block.length;
  const df = new Map<string, number>();
  for (const row of block) for (const name of new Set(row)) df.set(name, (df.get(name) ?? 0) + 1);
  return block.map((row) => {
    const values = new Map<string, number>();
    for (const name of new Set(row)) {
      if (df.get(name)! < 2) continue;
      const tf = row.filter((other) => other === name).length;
      values.set(name, (1 + Math.log(tf)) * (1 + Math.log((1 + n) / (1 + df.get(name)!))));
    }
    return values;
  });
}

function unit(row: Map<string, number>): Map<string, number> {
  const length = Math.hypot(...row.values());
  return new Map([...row].map(([name, value]) => [name, value / length]));
}

/** z (n, k), each row's from the model of the other folds' rows. */
export function slowScores(
  features: SlowFeatures,
  targets: readonly (readonly number[])[],
  folds: readonly number[],
): number[] {
  return features.rows.flatMap((x, i) => {
    const { weights, classSizes } = slowWeights(features, targets, folds, i);
    return classSizes.map((size, c) =>
      [...x].reduce((z, [name, value]) => z + value * weights.get(name)![c]!, size),
    );
  });
}

/** The weights of a row's features by class, and the term of each class's size, out of its own fold. */
export function slowWeights(
  { rows, names }: SlowFeatures,
  targets: readonly (readonly number[])[],
  folds: readonly number[],
  row: number,
): { weights: Map<string, number[]>; classSizes: number[] } {
  const alpha = 0.1;
  const classes = Array.from(targets[0]!.keys());
  const training = rows.map((_, j) => j).filter((j) => folds[j] !== folds[row]);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  const count = (c: number, name: string) =>
    sum(training.map((j) => targets[j]![c]! * (rows[j]!.get(name) ?? 0)));
  const classSums = classes.map((c) =>
    sum(training.map((j) => targets[j]![c]! * sum([...rows[j]!.values()]))),
  );
  const total = sum(classSums);
  const weights = new Map<string, number[]>();
  for (const name of rows[row]!.keys()) {
    const all = classes.map((c) => count(c, name));
    const both = sum(all);
    weights.set(
      name,
      classes.map(
        (c) =>
          Math.log((all[c]! + alpha) / (classSums[c]! + alpha * names.length)) -
          Math.log((both - all[c]! + alpha) / (total - classSums[c]! + alpha * names.length)),
      ),
    );
  }
  const classSizes = classes.map((c) => Math.log(1 + sum(training.map((j) => targets[j]![c]!))));
  return { weights, classSizes };
}
