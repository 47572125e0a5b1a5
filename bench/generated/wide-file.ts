import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { uniform } from "./uniform.js";

/** Rows of the wide file by their parts; the others are columns that no sample needs. */
export const WIDE_FORMAT = { textColumn: "text", labelColumn: "label", idColumn: "id" } as const;

/** The value of an extra column: what exports of shops and forums have beside their texts. */
const EXTRA: readonly ((i: number, share: number) => string)[] = [
  (i) => `https://example.org/articles/2024/${i}`,
  (i) => `2024-${String(1 + (i % 12)).padStart(2, "0")}-15T08:30:00Z`,
  (_, share) => ["news", "forum", "shop", "mail"][Math.floor(share * 4)]!,
  (_, share) => share.toFixed(4),
  (i) => `user_${i % 5000}`,
  (_, share) => (share < 0.3 ? "" : "en"),
];

/**
 * Writes `rows` csv lines with `columns` columns beside id, text and label, and the same rows as COPY
 * takes them, parsed; with `cells` also what the extra columns become. The same at every call. No
 * line is bad.
 */
export async function writeWide(options: {
  readonly rows: number;
  readonly columns: number;
  readonly cells: boolean;
  readonly file: string;
  readonly copyFile: string;
}): Promise<number> {
  const { rows, columns, cells } = options;
  const streams = [createWriteStream(options.file), createWriteStream(options.copyFile)];
  const random = uniform(2);
  const names = Array.from({ length: columns }, (_, c) => `column${c}`);
  streams[0]!.write(`id,${names.join(",")},text,label\n`);
  for (let i = 0; i < rows; i++) {
    const label = Math.floor(random() ** 2 * 40);
    const words = Array.from({ length: 8 }, () => `word${Math.floor(random() ** 3 * 20_000)}`);
    const text = words.join(" ");
    const extra = names.map((_, c) => EXTRA[c % EXTRA.length]!(i, random()));
    const stored = cells ? JSON.stringify([null, ...extra]) : "\\N";
    const line = `${i},${extra.map((cell) => `${cell},`).join("")}${text},class${label}\n`;
    const parsed = `1\t${i}\t${i + 2}\t${i}\t${text}\t${label}\t\\N\t${stored}\n`;
    for (const [s, written] of [line, parsed].entries()) {
      const stream = streams[s]!;
      if (!stream.write(written)) await once(stream, "drain");
    }
  }
  for (const stream of streams) {
    stream.end();
    await once(stream, "finish");
  }
  return 0;
}
