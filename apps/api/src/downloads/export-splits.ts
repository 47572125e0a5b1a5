import { type Transition, transitionOf } from "@winnow/confident-learning";
import {
  AppError,
  type Evidence,
  type EXPORT_SPLITS,
  type ReviewUse,
  type Verdict,
} from "@winnow/contracts";
import type { Cells } from "@winnow/corpus";
import {
  classNames,
  type ExportRow,
  openExport,
  type PruningMatrices,
  readMatrices,
  readPruning,
  type Store,
} from "@winnow/store";
import { type SoftLabel, withSoftLabels } from "./soft-labels.js";

export type ExportSplit = (typeof EXPORT_SPLITS)[number];

/** One exported sample. */
export interface ExportRecord {
  readonly ordinal: number;
  readonly line: number;
  readonly id: string | null;
  readonly text: string;
  readonly label: string;
  readonly trueLabel: string | null;
  readonly flagged: boolean;
  readonly suggested: string | null;
  readonly rank: number | null;
  readonly normalizedMargin: number | null;
  /** Where it was asked for. */
  readonly evidence: Evidence | null;
  /** What was decided about the row last. */
  readonly review: Verdict | null;
  /** Values of the file's columns, in the order of the dataset's layout. */
  readonly cells: Cells | null;
  /** By annotator, where the dataset has several: the label that each gave. */
  readonly votes: Readonly<Record<string, string>>;
  /** Where `label` is not the given one: the label, which the file did not have. */
  readonly newLabel?: string;
  /** In `relabelled`: the given label, which `label` may replace. */
  readonly given?: string;
  /** In `soft`: the most likely true classes, most likely first. */
  readonly soft?: readonly SoftLabel[];
}

/**
 * The rows of a split in input order, by the pruning and the reviews (`LABEL_AFTER` of the store says
 * which rows, and with which label). Throws `pruning-not-found`, `pruning-not-finished`, and
 * `not-implemented` for soft labels of a pruning that has no joint.
 */
export async function openSplit(
  store: Store,
  pruningId: string,
  split: ExportSplit,
  { reviews, evidence = false }: { readonly reviews: ReviewUse; readonly evidence?: boolean },
): Promise<AsyncIterable<ExportRecord>> {
  if (split !== "soft") {
    const map = split === "relabelled" ? relabelled : recordOf;
    return mapRows(await openExport(store, pruningId, { rows: split, reviews, evidence }), map);
  }
  const transition = posteriorOf(await readMatrices(store, pruningId));
  const { datasetId } = await readPruning(store, pruningId);
  const names = await classNames(store, datasetId);
  const rows = await openExport(store, pruningId, {
    ...{ rows: split, reviews, evidence },
    probabilities: true,
  });
  return mapRows(withSoftLabels(rows, transition, names), (row) => ({
    ...recordOf({ ...row, labelAfter: row.label }),
    soft: isDecided(row) ? [{ label: row.labelAfter, probability: 1 }] : row.soft,
  }));
}

/** What somebody decided about the row is certain. */
export const isDecided = ({ review }: ExportRow) => review === "keep" || review === "relabel";

export const recordOf = (row: ExportRow): ExportRecord => ({
  ordinal: row.ordinal,
  line: row.line,
  id: row.externalId,
  text: row.text,
  label: row.labelAfter,
  ...(row.labelAfter === row.label ? {} : { newLabel: row.labelAfter }),
  trueLabel: row.trueLabel,
  flagged: row.flagged,
  suggested: row.suggested,
  rank: row.rank,
  normalizedMargin: row.normalizedMargin,
  evidence: row.evidence,
  review: row.review,
  cells: row.cells,
  votes: Object.fromEntries(row.votes.map(({ annotator, label }) => [annotator, label])),
});

const relabelled = (row: ExportRow): ExportRecord => ({ ...recordOf(row), given: row.label });

export function posteriorOf({ posteriorJoint }: PruningMatrices): Transition {
  if (!posteriorJoint) {
    const detail =
      "The pruning was made by a version without soft labels; prune the cross-validation again.";
    throw new AppError("not-implemented", detail, {
      errors: [{ pointer: "/query/split", detail: "This pruning has no soft labels" }],
    });
  }
  return transitionOf(Float64Array.from(posteriorJoint.flat()), posteriorJoint.length);
}

async function* mapRows<T, U>(rows: AsyncIterable<T>, map: (row: T) => U): AsyncGenerator<U> {
  for await (const row of rows) yield map(row);
}
