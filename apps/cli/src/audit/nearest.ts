import { type NearRow, nearestRows, type VectorSource } from "@winnow/linear";
import type { AuditRows } from "./read-file.js";

/** By flagged row: the rows whose vectors are nearest. */
export type NearestOfFlags = ReadonlyMap<number, readonly NearRow[]>;

/** A near row with what stands in the file. */
export interface NearRowLine {
  readonly record: number;
  readonly line: number;
  readonly label: string;
  readonly similarity: number;
  readonly text: string;
}

/** Rows that are given for each flag. */
const NEAREST = 3;
/** Products that a search may take, unless those that are shown need more: some ten seconds. */
const MOST_PRODUCTS = 2e10;

/** The nearest rows of the worst flags: of all of them, unless that takes too long. */
export function nearestOfFlags(
  vectors: VectorSource,
  indices: Int32Array,
  { top, threads, signal }: { top: number; threads: number; signal: AbortSignal },
): Promise<NearestOfFlags> {
  const affordable = Math.floor(MOST_PRODUCTS / Math.max(1, vectors.n * vectors.d));
  const asked = indices.subarray(0, Math.max(top, affordable));
  return nearestRows(vectors, asked, { most: NEAREST, threads, signal });
}

/** The near rows of a flag, if it is among those that were searched. */
export function nearLines(
  nearest: NearestOfFlags,
  row: number,
  { labels, lines, records, texts, summary }: AuditRows,
): NearRowLine[] | undefined {
  return nearest.get(row)?.map((near) => ({
    record: records[near.row]!,
    line: lines[near.row]!,
    label: summary.classes[labels[near.row]!]!.name,
    similarity: near.similarity,
    text: texts.text(near.row),
  }));
}
