import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { uniform } from "./uniform.js";

/** The size of the crawl that Winnow began with, and how many of its lines could not be kept. */
export const FULL_ROWS = 2_914_000;
export const FULL_BAD = 7_171;

/** Category paths, one a line of the file; without one, invented ones of the same number. */
export function categoriesOf(file: string | undefined): readonly string[] {
  if (file) return readFileSync(file, "utf8").split("\n").filter(Boolean);
  return Array.from({ length: 1070 }, (_, i) => `news_${i % 160}/topic_${i}`);
}

/** Share of titles, and the length in characters that so many do not exceed: those of the crawl. */
const LENGTHS: readonly (readonly [share: number, characters: number])[] = [
  [0, 2],
  [0.05, 11],
  [0.5, 23],
  [0.95, 33],
  [0.99, 40],
  [1, 142],
];

type BadLine = (id: number, named: string, title: string) => string;

/** Every line of the multi-level format has five fields; these have not, or lack what counts. */
const BAD_LINES: readonly BadLine[] = [
  (id, named, title) => `${id}|,|${named}|,|${title}`,
  (id, named, title) => `${id}|,|${named}|,|${title}|,|新闻|,||,|`,
  (id, named) => `${id}|,|${named}|,||,|新闻,标题|,|`,
  (id, _, title) => `${id}|,||,|${title}|,|新闻,标题|,|`,
];

/**
 * Writes `rows` generated lines in the multi-level format: categories by Zipf's law, one row in a
 * hundred with two, title lengths as the crawl's, and as large a share of bad lines. With `copyFile`
 * the good ones also as COPY takes them, parsed. The same at every call. Returns how many are bad.
 */
export async function writeMultilevel(options: {
  readonly rows: number;
  readonly categories: readonly string[];
  readonly file: string;
  readonly copyFile?: string;
  /** Whether the parsed rows have the keywords among their cells. */
  readonly cells?: boolean;
  /** Called with the category of each line. */
  readonly onRow?: (category: number) => Promise<void>;
}): Promise<number> {
  const { rows, categories, file, copyFile, cells, onRow } = options;
  const stored = cells ? JSON.stringify([null, null, null, "新闻,标题"]) : "\\N";
  const paths = copyFile === undefined ? [file] : [file, copyFile];
  const streams = paths.map((path) => createWriteStream(path));
  const weights = cumulative(categories.map((_, rank) => 1 / (rank + 1)));
  const random = uniform(1);
  let bad = 0;
  for (let i = 0; i < rows; i++) {
    const category = indexAt(weights, random());
    await onRow?.(category);
    const length = lengthAt(random());
    let title = "";
    for (let c = 0; c < length; c++) {
      title += String.fromCharCode(0x4e00 + Math.floor(random() ** 3 * 4000));
    }
    const path = categories[category]!;
    const named = i % 100 === 0 ? `${path},${categories[0]}` : path;
    const isBad = Math.floor(((i + 1) * FULL_BAD) / FULL_ROWS) > bad;
    const line = isBad
      ? BAD_LINES[bad % BAD_LINES.length]!(i, named, title)
      : `${i}|,|${named}|,|${title}|,|新闻,标题|,|`;
    if (isBad) bad++;
    const parsed = `1\t${i}\t${i + 1}\t${i}\t${title}\t${category}\t\\N\t${stored}\n`;
    for (const [s, text] of [`${line}\n`, isBad ? "" : parsed].entries()) {
      const stream = streams[s];
      if (stream && !stream.write(text)) await once(stream, "drain");
    }
  }
  for (const stream of streams) {
    stream.end();
    await once(stream, "finish");
  }
  return bad;
}

function lengthAt(share: number): number {
  const next = LENGTHS.findIndex(([upTo]) => upTo >= share);
  const [from, low] = LENGTHS[Math.max(0, next - 1)]!;
  const [to, high] = LENGTHS[Math.max(1, next)]!;
  return Math.round(low + ((share - from) / (to - from)) * (high - low));
}

function cumulative(shares: readonly number[]): number[] {
  const total = shares.reduce((a, b) => a + b);
  let sum = 0;
  return shares.map((share) => {
    sum += share / total;
    return sum;
  });
}

/** The first weight that reaches the share. */
function indexAt(weights: readonly number[], share: number): number {
  let low = 0;
  let high = weights.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (weights[middle]! < share) low = middle + 1;
    else high = middle;
  }
  return low;
}
