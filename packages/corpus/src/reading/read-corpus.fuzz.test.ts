import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { below, type RandomGenerator, randomFor } from "../sampling/random.js";
import { readWhole } from "./read-whole.js";

const FORMATS: readonly DatasetFormat[] = [
  { type: "toutiao-multilevel" },
  { type: "toutiao" },
  { type: "csv" },
  { type: "csv", header: false },
  { type: "tsv", trueLabelColumn: "gt" },
  { type: "jsonl" },
  { type: "jsonl", labelLists: true },
  { type: "fasttext" },
  { type: "csv", labelLists: true, labelNames: ["a", "b"] },
  { type: "delimited", delimiter: "|" },
  { type: "csv", encoding: "gb18030" },
  { type: "parquet" },
  { type: "json" },
  { type: "xlsx" },
];

/** Pieces that files are assembled from: what real files contain, and what breaks readers. */
const pieces: readonly Uint8Array[] = [
  ...["text,label\n", "text\tlabel\tgt\n", "a,b\n", "c,d\n", "1|,|a|,|t|,|k|,|\n", "t_!_3\n"],
  ...["u_!_4\n", '{"text":"x","label":"a"}\n', '{"text":"y","label":"b"}\n', "text|label\n"],
  ...['"', '""', ",", "\t", "|", "|,|", "_!_", "\n", "\r\n", "\r", "\0", "\uFEFF", " ", "\\"],
  ...["{", "}", "[", '{"__proto__":{"text":1}}\n', '{"text":"\\ud800","label":"\\u0000"}\n'],
  ...[
    "__label__a x\n",
    "__label__",
    "['a', 'b']",
    "[0, 1]",
    "['",
    "NaN",
    '{"text":"x","label":NaN}\n',
  ],
  ...['{"data":[', '{"text":["x","y"],"label":["a","b"]}', "]}", ":", "]"],
  ...[
    "__proto__",
    "constructor",
    "汉字",
    "\u{1F600}",
    "x".repeat(300),
    "PAR1",
    "PK\u0003\u0004",
    "=1+1",
    "1e999",
  ],
]
  .map((text): Uint8Array => Buffer.from(text))
  .concat([Buffer.from([0xff]), Buffer.from([0xe4, 0xb8]), Buffer.from([0xc0, 0x80])]);

/** Values that a JSON document's list is made of. */
const VALUES = [
  ...[
    '{"text":"x","label":"a"}',
    '{"text":"y",\n"label":["b"]}',
    '{"label":7,"text":"汉"}',
    "[1,2]",
  ],
  ...[
    "null",
    '"text"',
    "{}",
    '{"text":"\ud800\u0000","label":true}',
    '{"text":"a\u0009b","label":"a"}',
  ],
  ...[`{"text":"${"x".repeat(3000)}","label":"a"}`, '{"data":[{"text":"x"}]}', "NaN", "1e999"],
];

function generatedFile(random: RandomGenerator, { type }: DatasetFormat): Uint8Array {
  const file = type === "json" && below(random, 3) > 0 ? document(random) : assembled(random);
  switch (below(random, 8)) {
    case 0:
      return gzipSync(file);
    case 1:
      return gzipSync(file).subarray(0, below(random, 30));
    case 2:
      return Buffer.from(file.map((byte) => (below(random, 20) === 0 ? below(random, 256) : byte)));
    default:
      return file;
  }
}

function assembled(random: RandomGenerator): Buffer {
  const parts = Array.from({ length: below(random, 40) }, () => {
    const piece = pieces[below(random, pieces.length)]!;
    return below(random, 10) === 0 ? Buffer.concat(Array(50).fill(piece)) : piece;
  });
  return Buffer.concat(parts);
}

function document(random: RandomGenerator): Buffer {
  const list = Array.from(
    { length: below(random, 20) },
    () => VALUES[below(random, VALUES.length)],
  );
  return Buffer.from(`[${list.join(",\n")}]`);
}

describe("hostile files", () => {
  // The time limit only detects a hang.
  it("give rows, rejects with line and reason, or one CorpusError: 3,000 files", {
    timeout: 180_000,
  }, async () => {
    const random = randomFor("preview", 20_261);
    let kept = 0;
    let refused = 0;
    for (let round = 0; round < 3000; round += 1) {
      const format = FORMATS[round % FORMATS.length]!;
      const file = generatedFile(random, format);
      const limits = { maxLineBytes: 2000 };
      const options = {
        format,
        limits,
        labels: { minPerClass: 1 + (Math.floor(round / FORMATS.length) % 2) },
      };
      const chunkBytes = 1 + below(random, 100);
      try {
        const { samples, rejects, classes, profile } = await readWhole(file, options, chunkBytes);
        kept += samples.length;
        expect(profile.kept + rejects.length, `round ${round}`).toBe(profile.rowsRead);
        expect(samples.map(({ ordinal }) => ordinal)).toEqual(samples.map((_, i) => i));
        for (const list of [samples, rejects]) {
          const lines = list.map(({ line }) => line);
          expect(lines, `round ${round}`).toEqual([...lines].sort((a, b) => a - b));
        }
        for (const { line, reason, excerpt } of rejects) {
          expect(line).toBeGreaterThan(0);
          expect(reason).toMatch(/^[a-z0-9-]+$/);
          expect(excerpt.length).toBeLessThanOrEqual(200);
          expect(excerpt).not.toContain("\0");
        }
        for (const { text, classIndex, externalId } of samples) {
          expect(text + externalId).not.toContain("\0");
          expect(classes[classIndex]?.name).toMatch(/\S/);
        }
      } catch (error) {
        if ((error as Error).name !== "CorpusError") throw error;
        refused += 1;
      }
    }
    // The generator is useful only if it makes both kinds of files.
    expect(kept).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(500);
  });
});
