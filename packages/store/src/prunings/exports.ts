import type { Evidence, FileLayout, ReviewUse, Verdict, Vote } from "@winnow/contracts";
import type { Cells } from "@winnow/copy-rows";
import { poolOf, type Store } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { streamQuery } from "../database/stream-query.js";
import { annotatorNames, votesOf } from "../datasets/annotators.js";
import { readCells } from "../datasets/cells.js";
import { classNames, readDataset, readFileLayout, readProfile } from "../datasets/datasets.js";
import { joinReviews, LABEL_AFTER, type Split } from "./label-after.js";
import { readyPruning } from "./prunings.js";

/** One sample of an export, in input order. */
export interface ExportRow {
  readonly ordinal: number;
  readonly line: number;
  readonly externalId: string | null;
  readonly text: string;
  /** The given class. */
  readonly label: string;
  /** The class in the split: another one than the given where it is corrected. */
  readonly labelAfter: string;
  readonly review: Verdict | null;
  readonly trueLabel: string | null;
  readonly flagged: boolean;
  readonly suggested: string | null;
  /** Among the flags, from 1, the worst. */
  readonly rank: number | null;
  readonly normalizedMargin: number | null;
  /** Of a flag, if it was requested and there is any. */
  readonly evidence: Evidence | null;
  /** Values of the file's columns, in the order of the dataset's layout. */
  readonly cells: Cells | null;
  /** The given class. */
  readonly labelIndex: number;
  /** (K) out-of-sample probabilities, if they were requested. */
  readonly probs: Float32Array | null;
  /** The labels of its annotators, where it has several. */
  readonly votes: readonly Vote[];
  /** The class in each split, null where the split leaves the row out, if that was requested. */
  readonly bySplit: Readonly<Record<Split, string | null>> | null;
}

export interface ExportOptions {
  readonly rows: Split;
  /** Default "follow". */
  readonly reviews?: ReviewUse | undefined;
  /** Also reads the evidence of flags. Default false. */
  readonly evidence?: boolean | undefined;
  /** Also reads each row's probabilities. Default false. */
  readonly probabilities?: boolean;
  /** Also says what each split makes of the row. Default false. */
  readonly allSplits?: boolean;
}

/**
 * Streams the dataset after a pruning in input order, at constant memory. The first row is fetched
 * lazily; throws `pruning-not-found`, `pruning-not-finished` at once.
 */
export async function openExport(
  store: Store,
  pruningId: string,
  options: ExportOptions,
): Promise<AsyncIterable<ExportRow>> {
  const { row, datasetId, datasetKey, crossValidationKey } = await readyPruning(store, pruningId);
  const names = await classNames(store, datasetId);
  const { annotators } = await readProfile(store, datasetId);
  return streamRows(
    store,
    { pruning: row.key, dataset: datasetKey, run: crossValidationKey },
    options,
    names,
    annotatorNames({ annotators }),
  );
}

/**
 * The class of each of a dataset's rows in a split, (n), -1 where it is left out. Throws
 * `pruning-not-found`, `pruning-not-finished`.
 */
export async function readLabelsAfter(
  store: Store,
  pruningId: string,
  split: Split,
  reviews: ReviewUse,
): Promise<Int32Array> {
  const { row, datasetKey } = await readyPruning(store, pruningId);
  const { rows } = await poolOf(store).query<{ labels: Buffer }>(
    `SELECT string_agg(int4send(coalesce(${LABEL_AFTER[split]}, -1)), '' ORDER BY s.ordinal) AS labels
     FROM ${partitionOf("samples", datasetKey)} s
     LEFT JOIN flags f ON f.pruning_key = $1 AND f.ordinal = s.ordinal
     ${joinReviews(reviews)}`,
    [row.key],
  );
  const bytes = rows[0]?.labels ?? Buffer.alloc(0);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32BE(4 * i));
}

/**
 * What a pruning's dataset was read from; `layout` is null if that was not recorded. Throws
 * `pruning-not-found`, `pruning-not-finished`.
 */
export async function readExportSource(
  store: Store,
  pruningId: string,
): Promise<{
  layout: FileLayout | null;
  hasTrueLabels: boolean;
  annotators: number;
  /** Whether labels may be others than in the file. */
  isDerived: boolean;
}> {
  const { datasetId } = await readyPruning(store, pruningId);
  const { hasTrueLabels, annotators, parentId } = await readDataset(store, datasetId);
  const layout = await readFileLayout(store, datasetId);
  return { layout, hasTrueLabels, annotators, isDerived: parentId !== null };
}

interface JoinedRow {
  ordinal: number;
  line: number;
  external_id: string | null;
  text: string;
  class_index: number;
  label_after: number;
  verdict: Verdict | null;
  true_class_index: number | null;
  rank: number | null;
  suggested: number | null;
  normalized_margin: number | null;
  evidence: Evidence | null;
  cells: string | null;
  votes: number[] | null;
  probs: Buffer | null;
  by_split: (number | null)[] | null;
}

const SPLITS = Object.keys(LABEL_AFTER) as Split[];

async function* streamRows(
  store: Store,
  keys: { pruning: number; dataset: number; run: number },
  options: ExportOptions,
  names: readonly string[],
  annotators: readonly string[],
): AsyncGenerator<ExportRow> {
  const after = LABEL_AFTER[options.rows];
  const joined = options.probabilities
    ? `JOIN ${partitionOf("fold_probabilities", keys.run)} p ON p.ordinal = s.ordinal`
    : "CROSS JOIN (SELECT NULL::bytea AS probs) p";
  const bySplit = options.allSplits
    ? `ARRAY[${SPLITS.map((split) => `(${LABEL_AFTER[split]})`).join(", ")}]`
    : "NULL::int[]";
  const why = options.evidence
    ? "LEFT JOIN flag_evidence e ON e.pruning_key = $1 AND e.ordinal = s.ordinal"
    : "CROSS JOIN (SELECT NULL::jsonb AS evidence) e";
  const rows = streamQuery<JoinedRow>(store, {
    text: `SELECT s.ordinal, s.line, s.external_id, s.text, s.class_index, s.true_class_index,
        s.cells, s.votes, (${after}) AS label_after, r.verdict, f.rank, f.suggested, f.normalized_margin, p.probs,
        e.evidence, ${bySplit} AS by_split
      FROM ${partitionOf("samples", keys.dataset)} s ${joined}
      LEFT JOIN flags f ON f.pruning_key = $1 AND f.ordinal = s.ordinal ${why}
      ${joinReviews(options.reviews ?? "follow")}
      WHERE (${after}) IS NOT NULL ORDER BY s.dataset_key, s.ordinal`,
    values: [keys.pruning],
    // Few enough that rows of a megabyte fit the memory.
    batchRows: 100,
    // A deletion, of the dataset or the run, empties tables at once, even for statements that began
    // before it. The pruning goes with both.
    async after(connection) {
      const found = await connection.query("SELECT 1 FROM prunings WHERE key = $1", [keys.pruning]);
      if (!found.rowCount) {
        throw new Error("the pruning or its dataset was deleted during the export");
      }
    },
  });
  for await (const row of rows) {
    yield {
      ordinal: row.ordinal,
      line: row.line,
      externalId: row.external_id,
      text: row.text,
      label: names[row.class_index] ?? "",
      labelAfter: names[row.label_after] ?? "",
      review: row.verdict,
      trueLabel: row.true_class_index === null ? null : (names[row.true_class_index] ?? null),
      flagged: row.rank !== null,
      suggested: row.suggested === null ? null : (names[row.suggested] ?? null),
      rank: row.rank === null ? null : row.rank + 1,
      normalizedMargin: row.normalized_margin,
      evidence: row.evidence,
      cells: readCells(row.cells),
      labelIndex: row.class_index,
      probs: row.probs ? floatsOf(row.probs) : null,
      votes: votesOf(row.votes ?? [], annotators, names),
      bySplit: row.by_split && classBySplit(row.by_split, names),
    };
  }
}

function classBySplit(
  classes: readonly (number | null)[],
  names: readonly string[],
): Record<Split, string | null> {
  const nameOf = (index: number | null | undefined) =>
    index == null ? null : (names[index] ?? "");
  return Object.fromEntries(SPLITS.map((split, i) => [split, nameOf(classes[i])])) as Record<
    Split,
    string | null
  >;
}

/** A copy, since a Buffer may begin at an address that is no multiple of four. */
const floatsOf = (bytes: Buffer): Float32Array =>
  new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
