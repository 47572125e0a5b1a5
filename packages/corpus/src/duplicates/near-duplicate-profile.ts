import { excerptOf } from "../rows/excerpt.js";
import { NearDuplicates } from "./near-duplicates.js";

/** Rows whose texts are nearly the same; exact repeats count too. */
export interface NearDuplicateProfile {
  /** Groups of two rows or more, and the rows in them that are not a group's first. */
  groups: number;
  rows: number;
  /** Groups whose rows have different labels. */
  conflictingGroups: number;
  /** The largest groups with their first texts and all labels. */
  largest: { rows: number; texts: string[]; labels: string[] }[];
}

/** A dataset's rows in input order, and texts by ordinal. */
export interface ProfiledRows {
  read(): AsyncIterable<{ texts: readonly string[]; labels: readonly number[] }>;
  textsOf(ordinals: readonly number[]): Promise<Map<number, string>>;
}

/**
 * Half as many hashes as grouping for folds uses: 93 MB for 2.9 million texts; a pair with
 * similarity 0.8 is found with probability 0.985.
 */
const SIGNATURE = { bands: 8, bandHashes: 4 };

const LISTED_GROUPS = 20;
const LISTED_TEXTS = 5;

/**
 * Reads all rows once; also returns each row's group, (n), as the ordinal of its first row. Memory: 48
 * bytes a row. Throws the signal's reason when aborted.
 */
export async function findNearDuplicates(
  rows: ProfiledRows,
  classNames: readonly string[],
  signal?: AbortSignal,
): Promise<{ profile: NearDuplicateProfile; groups: Int32Array }> {
  const near = new NearDuplicates(SIGNATURE);
  const labels: Int32Array[] = [];
  for await (const batch of rows.read()) {
    signal?.throwIfAborted();
    for (const text of batch.texts) near.add(text);
    labels.push(Int32Array.from(batch.labels));
  }
  const groups = near.groups();
  signal?.throwIfAborted();
  const sizes = new Int32Array(groups.length);
  for (const group of groups) sizes[group] = sizes[group]! + 1;
  const largest = largestGroups(sizes);
  const listed = new Map(largest.map((group) => [group, new ListedGroup()]));
  const firstLabel = new Int32Array(groups.length);
  const conflicting = new Uint8Array(groups.length);
  let row = 0;
  for (const part of labels) {
    for (const one of part) {
      const group = groups[row]!;
      if (group === row) firstLabel[group] = one;
      else if (firstLabel[group] !== one) conflicting[group] = 1;
      listed.get(group)?.add(row, one);
      row += 1;
    }
  }
  const found = [...listed].map(([group, { ordinals, labels: seen }]) => ({
    rows: sizes[group]!,
    ordinals,
    labels: [...seen].map((label) => classNames[label] ?? ""),
  }));
  const texts = await rows.textsOf(found.flatMap(({ ordinals }) => ordinals));
  const groupCount = sizes.filter((size) => size > 1).length;
  const profile = {
    groups: groupCount,
    rows: groups.length - sizes.filter((size) => size > 0).length,
    conflictingGroups: conflicting.filter((one) => one === 1).length,
    largest: found.map(({ ordinals, ...group }) => ({
      ...group,
      texts: ordinals.map((ordinal) => excerptOf(texts.get(ordinal) ?? "")),
    })),
  };
  return { profile, groups };
}

class ListedGroup {
  readonly ordinals: number[] = [];
  readonly labels = new Set<number>();

  add(row: number, label: number): void {
    if (this.ordinals.length < LISTED_TEXTS) this.ordinals.push(row);
    this.labels.add(label);
  }
}

/** The largest groups of at least two rows, largest first. */
function largestGroups(sizes: Int32Array): number[] {
  const top: number[] = [];
  sizes.forEach((size, group) => {
    if (size < 2 || (top.length === LISTED_GROUPS && size <= sizes[top.at(-1)!]!)) return;
    top.push(group);
    top.sort((a, b) => sizes[b]! - sizes[a]! || a - b);
    if (top.length > LISTED_GROUPS) top.pop();
  });
  return top;
}
