import { type LabelConflict, type LabelConflicts, labelConflicts } from "./label-conflicts.js";
import { type LabelOrder, labelOrder } from "./label-order.js";
import { type Outliers, outliers } from "./outliers.js";
import { type RowGrouping, type WeakGroups, weakGroups } from "./weak-groups.js";

export interface FindingsInput {
  /** Given class indices, (n), in the order of the file. */
  readonly labels: ArrayLike<number>;
  readonly k: number;
  /** The class that a model predicts which did not learn from the row, (n). */
  readonly predicted: ArrayLike<number>;
  /** By row (n): the first row with nearly the same text. */
  readonly groups: Int32Array;
  readonly groupings: readonly RowGrouping[];
  /** By row (n): how much it has in common with its class; and its size, for a fair comparison. */
  readonly typicality: Float32Array;
  readonly sizes: ArrayLike<number>;
}

/** What else is wrong with a dataset, beside single labels; rows by their numbers. */
export interface Findings {
  readonly conflicts: LabelConflicts;
  readonly outliers: Outliers;
  readonly weakGroups: WeakGroups;
  readonly labelOrder: LabelOrder;
}

/** What is needed to name what was found. */
export interface ListedInput extends Omit<FindingsInput, "k"> {
  readonly names: readonly string[];
  /** What `typicality` compares rows by. */
  readonly basis: "texts" | "vectors";
  /** By row (n): where it begins in the file. */
  readonly lines: ArrayLike<number>;
  readonly excerptOf: (row: number) => string;
  /** Groups of near-duplicates, and outliers, that are listed. */
  readonly most: number;
}

/** Rows of a group that are listed. */
const LISTED_ROWS = 5;

/**
 * Findings with names in place of numbers, and with what is to be shown of each row: `listed` has the
 * worst of them, `all` every one of the kinds that may be many, in the same order.
 */
export function listFindings(input: ListedInput) {
  const { labels, predicted, names, most, basis, lines, excerptOf } = input;
  const found = findFindings({ ...input, k: names.length });
  const odd = found.outliers;
  const rowOf = (row: number) => ({
    ordinal: row,
    line: lines[row]!,
    label: names[labels[row]!]!,
    text: excerptOf(row),
  });
  const conflictOf = ({ score, rows, labels }: LabelConflict) => ({
    score,
    size: rows.length,
    labels: labels.map(({ label, rows: count }) => ({ label: names[label]!, rows: count })),
    rows: rows.slice(0, LISTED_ROWS).map(rowOf),
  });
  const outlierOf = (row: number) => ({
    ...rowOf(row),
    score: odd.scores[row]!,
    suggested: names[predicted[row]!]!,
  });
  return {
    listed: {
      conflicts: {
        ...found.conflicts,
        found: found.conflicts.found.slice(0, most).map(conflictOf),
      },
      outliers: {
        basis,
        count: odd.rows.length,
        cut: odd.cut,
        found: Array.from(odd.rows.subarray(0, most), outlierOf),
      },
      weakGroups: { ...found.weakGroups, found: [...found.weakGroups.found] },
      labelOrder: found.labelOrder,
    },
    all: {
      conflicts: () => each(found.conflicts.found, conflictOf),
      outliers: () => each(odd.rows, outlierOf),
    },
  };
}

function* each<T, U>(items: Iterable<T>, view: (item: T) => U): Generator<U> {
  for (const item of items) yield view(item);
}

function findFindings(input: FindingsInput): Findings {
  const { labels, k, predicted, groups, groupings, typicality, sizes } = input;
  const right = Uint8Array.from(typicality, (_, row) => (predicted[row] === labels[row] ? 1 : 0));
  return {
    conflicts: labelConflicts(groups, labels),
    outliers: outliers(typicality, sizes),
    weakGroups: weakGroups(groupings, { labels, right, k }),
    labelOrder: labelOrder(labels, k),
  };
}
