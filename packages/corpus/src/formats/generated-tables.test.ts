import { stringify } from "csv-stringify/sync";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readWhole } from "../reading/read-whole.js";
import { below, type RandomGenerator, randomFor } from "../sampling/random.js";

/** How many tables each writer makes. */
const TABLES = 10_000;

const PIECES = [
  ...['"', '"', '""', ",", "\t", "\n", "\r\n", "\r", " ", "\\", '\\"', "'", ";", "|"],
  ...["word", "x", "汉字", "\u{1F600}", "é", "\u3000", "\uFEFF", "=1+1", "0", "\u2028"],
];
/** What a cell of a naive writer, which knows no quotes, can hold. */
const PLAIN_PIECES = PIECES.filter((piece) => !/[,\t\n\r]/.test(piece));

type Table = string[][];

function cellOf(random: RandomGenerator, pieces: readonly string[]): string {
  return Array.from({ length: below(random, 7) }, () => pieces[below(random, pieces.length)]).join(
    "",
  );
}

/** Two rows of different labels, so that there are two classes, and others of any kind. */
function tableOf(random: RandomGenerator, pieces: readonly string[]): Table {
  const drawn = Array.from({ length: below(random, 8) }, () => [
    cellOf(random, pieces),
    cellOf(random, pieces),
    cellOf(random, pieces),
  ]);
  return [["one", "a", "x"], ["two", "b", "y"], ...drawn];
}

/** Where each record of the file begins, if this is what was written for it. */
function firstLines(records: readonly string[], lineEnd: RegExp): number[] {
  let line = 2;
  return records.map((record) => {
    const first = line;
    line += record.match(lineEnd)?.length ?? 0;
    return first;
  });
}

/**
 * Each record is a row with its own cells, or a reject of its first line: then its text or label is
 * blank.
 */
async function expectReadBack(
  table: Table,
  records: readonly string[],
  file: string,
  format: DatasetFormat,
  lineEnd = /\n/g,
): Promise<void> {
  const { samples, rejects, classes } = await readWhole(file, { format, columns: "keep" });
  const lines = firstLines(records, lineEnd);
  const kept = new Map(samples.map((sample) => [sample.line, sample]));
  const lost = new Map(rejects.map(({ line, reason }) => [line, reason]));
  expect(samples.length + rejects.length, file).toBe(table.length);
  table.forEach(([text = "", label = "", extra = ""], i) => {
    const sample = kept.get(lines[i]!);
    if (sample) {
      const name = classes[sample.classIndex]?.name;
      expect([sample.text, name, sample.cells?.[2]], file).toEqual([text, label.trim(), extra]);
    } else {
      const blank = text.trim() === "" ? "empty-text" : "empty-label";
      expect([lost.get(lines[i]!), isBlank(text) || isBlank(label)], file).toEqual([blank, true]);
    }
  });
}

/** A label of characters that nobody sees is none. */
const isBlank = (cell: string) => cell.replaceAll("\uFEFF", "").trim() === "";

describe("generated tables", { timeout: 120_000 }, () => {
  it(`${TABLES} of csv-stringify read back as they were, whatever the quoting and line ends`, async () => {
    const random = randomFor("preview", 14_001);
    for (let round = 0; round < TABLES; round += 1) {
      const type = round % 2 === 0 ? "csv" : "tsv";
      const lineEnd = (["\n", "\r\n", "\r"] as const)[below(random, 3)]!;
      const table = tableOf(random, PIECES);
      const options = {
        delimiter: type === "csv" ? "," : "\t",
        record_delimiter: lineEnd,
        quoted: below(random, 3) === 0,
        quoted_match: [/[\r\n]/],
      };
      const records = table.map((row) => stringify([row], options));
      const file = `${stringify([["text", "label", "extra"]], options)}${records.join("")}`;
      const lines = lineEnd === "\r" ? /\n|\r(?!\n)/g : /\n/g;
      await expectReadBack(table, records, file, { type }, lines);
    }
  });

  it(`${TABLES} of a naive join read back as they were with quote "none"`, async () => {
    const random = randomFor("preview", 14_002);
    for (let round = 0; round < TABLES; round += 1) {
      const type = round % 2 === 0 ? "csv" : "tsv";
      const table = tableOf(random, PLAIN_PIECES);
      const lineEnd = below(random, 2) === 0 ? "\n" : "\r\n";
      const records = table.map((row) => `${row.join(type === "csv" ? "," : "\t")}${lineEnd}`);
      const head = ["text", "label", "extra"].join(type === "csv" ? "," : "\t");
      const file = `${head}${lineEnd}${records.join("")}`;
      await expectReadBack(table, records, file, { type, quote: "none" });
    }
  });

  it(`${TABLES} of a naive join lose no record by default where no line has a quoted reading`, async () => {
    const random = randomFor("preview", 14_003);
    for (let round = 0; round < TABLES; round += 1) {
      const type = round % 2 === 0 ? "csv" : "tsv";
      const delimiter = type === "csv" ? "," : "\t";
      const table = tableOf(random, PLAIN_PIECES).map((row) =>
        // Nothing closes a field: no quote is the last of a cell.
        row.map((cell) => (cell.endsWith('"') ? `${cell}.` : cell)),
      );
      const records = table.map((row) => `${row.join(delimiter)}\n`);
      const file = `${["text", "label", "extra"].join(delimiter)}\n${records.join("")}`;
      await expectReadBack(table, records, file, { type });
    }
  });
});
