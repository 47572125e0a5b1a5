import type { ProbabilitySource } from "@winnow/confident-learning";
import { type ArrayPath, withArray } from "../files/array-file.js";
import { orderChecked } from "../files/class-order.js";
import { npySource } from "../files/npy-source.js";
import { CliError } from "../terminal/failure.js";
import { count } from "../terminal/text.js";
import type { VotedRows } from "./read-votes.js";

export interface GivenProbabilities {
  readonly array: ArrayPath;
  /** The file with the votes, for messages. */
  readonly file: string;
  /** Called instead of throwing where the columns are used as they stand. */
  readonly onOtherOrder: ((message: string) => void) | undefined;
}

/**
 * Out-of-sample probabilities of the kept rows out of an npy (n, k): one row a record of the file, or
 * one a kept row. Throws `class-order` where the votes fit the columns better in another order.
 */
export async function givenProbabilities(
  { array, file, onOtherOrder }: GivenProbabilities,
  { majority, records, summary }: VotedRows,
): Promise<ProbabilitySource> {
  const { rowsRead, kept } = summary.profile;
  const rows = await withArray(array, async (npy) => npy.rows);
  if (rows !== rowsRead && rows !== kept) {
    const own =
      rowsRead === kept
        ? `${count(kept)} records`
        : `${count(rowsRead)} records, of which ${count(kept)} are kept`;
    throw new CliError(
      "length-mismatch",
      `${array.file} has ${count(rows)} rows and ${file} has ${own}: save one row a record, or one a kept row, in the file's order`,
    );
  }
  const places = rows === kept ? undefined : records.map((record) => record - 1);
  const labels = places === undefined ? majority : new Int32Array(rows);
  places?.forEach((place, row) => {
    labels[place] = majority[row]!;
  });
  const all = await npySource(array, labels);
  const names = summary.classes.map(({ name }) => name);
  if (all.k !== names.length) {
    throw new CliError(
      "classes-mismatch",
      `${array.file} has ${all.k} columns and there are ${names.length} classes: --label-names lists one class a column`,
    );
  }
  const source = places === undefined ? all : selectedRows(all, places, majority);
  return orderChecked(source, { names, kind: "indexes", onOtherOrder });
}

/** The rows at some places, which ascend. */
function selectedRows(
  all: ProbabilitySource,
  places: Int32Array,
  majority: Int32Array,
): ProbabilitySource {
  const { k, dtype } = all;
  async function* blocks() {
    let next = 0;
    for await (const { start, rows, probs } of all.blocks()) {
      const first = next;
      // The block's memory is ours until the next one: wanted rows move together in it.
      for (; next < places.length && places[next]! < start + rows; next++) {
        const from = places[next]! - start;
        const to = next - first;
        if (from !== to) probs.copyWithin(to * k, from * k, (from + 1) * k);
      }
      const kept = next - first;
      if (kept === 0) continue;
      yield {
        start: first,
        rows: kept,
        labels: majority.subarray(first, next),
        probs: probs.subarray(0, kept * k),
      };
    }
  }
  return { n: places.length, k, dtype, blocks };
}
