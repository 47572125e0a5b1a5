import type { Comparison } from "@winnow/contracts";
import { classNames, readTexts, readTrueLabels, type Store } from "@winnow/store";

/** The rows on which all versions are judged, and their labels (n) that count as right. */
export interface Judge {
  readonly kind: Comparison["judge"];
  readonly rows: readonly number[];
  readonly labels: Int32Array;
  readonly note: string;
}

/** Fewer reviewed rows judge nothing. */
const LEAST_REVIEWED = 100;

const TEST_NOTE =
  "The models of each version learned from all of its rows. The test rows' labels decide nothing; that their texts count in the statistics of n-grams is the same for every version.";

const NOTES: Readonly<Record<Comparison["judge"], string>> = {
  "test-dataset": TEST_NOTE,
  "true-labels":
    "Judged on the rows whose true labels are known. The flags saw the given labels of all rows, so a small part of the gain may be the judged rows' own.",
  "reviewed-rows":
    "Judged on the rows that were reviewed as keep or relabel. Where they were met by the order of the flags they are the doubtful ones: accuracy on all rows is higher, and the gain smaller.",
  "unflagged-rows":
    "No true labels and too few reviews: judged on the rows that are not flagged, by their given labels. This says whether the versions hurt the rows that nobody doubts; it cannot show a gain on the others.",
};

/** The best judge that there is: known labels, else reviewed rows, else those that are not flagged. */
export function chooseJudge(data: {
  readonly labels: Int32Array;
  readonly truth: Int32Array | null;
  readonly decided: Uint8Array;
  /** The labels after the reviews; -1: dropped. */
  readonly reviewed: Int32Array;
  readonly flagged: readonly number[];
}): Judge {
  const { labels, truth, decided, reviewed, flagged } = data;
  const all = Array.from(labels.keys());
  const judge = (kind: Comparison["judge"], rows: readonly number[], right: Int32Array) => ({
    kind,
    rows,
    labels: right,
    note: NOTES[kind],
  });
  const known = truth ? all.filter((row) => truth[row]! >= 0) : [];
  if (truth && known.length > 0) return judge("true-labels", known, truth);
  const kept = all.filter((row) => decided[row] === 1 && reviewed[row]! >= 0);
  if (kept.length >= LEAST_REVIEWED) return judge("reviewed-rows", kept, reviewed);
  const isFlagged = new Set(flagged);
  const unflagged = all.filter((row) => !isFlagged.has(row));
  return judge("unflagged-rows", unflagged.length > 0 ? unflagged : all, labels);
}

/**
 * The rows of another dataset, which follow the `after` rows that models learn from; `use` gets their
 * texts. Rows count by their true labels, or by the given ones where none is known.
 */
export async function testJudge(
  store: Store,
  testDatasetId: string,
  {
    names,
    after,
    use,
  }: {
    readonly names: readonly string[];
    readonly after: number;
    readonly use: (text: string) => void;
  },
): Promise<Judge> {
  const own = await classNames(store, testDatasetId);
  const indexOf = own.map((name) => names.indexOf(name));
  const truth = await readTrueLabels(store, testDatasetId);
  const given = await readTexts(store, testDatasetId, use);
  const right = truth?.some((label) => label >= 0) ? truth : given.labels;
  const labels = new Int32Array(after + right.length).fill(-1);
  for (const [i, label] of right.entries()) labels[after + i] = label < 0 ? -1 : indexOf[label]!;
  const rows = Array.from(right.keys(), (i) => after + i).filter((row) => labels[row]! >= 0);
  const by = right === truth ? "true" : "given";
  const note = `Judged on another dataset's rows by their ${by} labels. ${TEST_NOTE}`;
  return { kind: "test-dataset", rows, labels, note };
}

const Z = 1.959964;

/**
 * The difference of two accuracies on the same rows: d = (b - c) / n, b and c being the rows that only
 * the one or only the other gets right, -+ 1.96 sqrt(b + c - (b - c)^2 / n) / n.
 */
export function differenceOf(
  predicted: Int32Array,
  original: Int32Array,
  { rows, labels }: Judge,
): { estimate: number; low: number; high: number } {
  let [better, worse] = [0, 0];
  for (const row of rows) {
    const now = predicted[row] === labels[row];
    const before = original[row] === labels[row];
    if (now && !before) better += 1;
    if (before && !now) worse += 1;
  }
  const n = rows.length;
  const estimate = (better - worse) / n;
  const half = (Z * Math.sqrt(Math.max(0, better + worse - (better - worse) ** 2 / n))) / n;
  return { estimate, low: Math.max(-1, estimate - half), high: Math.min(1, estimate + half) };
}
