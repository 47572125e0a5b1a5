import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stringify } from "csv-stringify/sync";
import { wholeFile } from "../files/whole-file.js";
import type { AuditFlags } from "./find-flags.js";
import type { AuditRows } from "./read-file.js";

const BATCH = 5_000;

/**
 * Writes a line for every kept row, in input order: row, score, given, suggested. Returns whether the file took an
 * earlier one's place.
 */
export async function writeScores(
  path: string,
  { labels, records, summary }: AuditRows,
  { scores, suggested }: AuditFlags,
): Promise<boolean> {
  // A name is quoted once, not once a row.
  const names = summary.classes.map(({ name }) => stringify([[name]]).slice(0, -1));
  function* lines() {
    let batch = "row,score,given,suggested\n";
    for (let row = 0; row < labels.length; row++) {
      batch += `${records[row]},${scores[row]},${names[labels[row]!]},${names[suggested[row]!]}\n`;
      if (row % BATCH !== BATCH - 1) continue;
      yield batch;
      batch = "";
    }
    yield batch;
  }
  return wholeFile(path, (draft) => pipeline(Readable.from(lines()), createWriteStream(draft)));
}
