import type { FileLayout, Flag, Page, Verdict } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { columnValues, readCells } from "../datasets/cells.js";
import { classNames, readFileLayout } from "../datasets/datasets.js";
import { readyPruning } from "./prunings.js";

export interface FlagFilter extends PageRequest {
  /** Class names. */
  readonly given?: string | undefined;
  readonly suggested?: string | undefined;
  readonly fold?: number | undefined;
  readonly order: "rank" | "ordinal";
}

/** A page of flags, worst first or in input order. Throws `pruning-not-found`, `pruning-not-finished`. */
export async function listFlags(store: Store, id: string, filter: FlagFilter): Promise<Page<Flag>> {
  const { row, datasetId, datasetKey } = await readyPruning(store, id);
  const names = await classNames(store, datasetId);
  const layout = await readFileLayout(store, datasetId);
  const indexOf = (name: string | undefined) => (name === undefined ? null : names.indexOf(name));
  const by = filter.order === "rank" ? "f.rank" : "f.ordinal";
  const select = async <T extends object>(columns: string, after: number, limit: number) => {
    const { rows } = await poolOf(store).query<T>(
      `SELECT ${columns}
       FROM flags f JOIN samples s ON s.dataset_key = $2 AND s.ordinal = f.ordinal
       LEFT JOIN reviews r ON r.dataset_key = $2 AND r.ordinal = f.ordinal
       WHERE f.pruning_key = $1 AND ${by} > $3
         AND ($4::int IS NULL OR f.given = $4) AND ($5::int IS NULL OR f.suggested = $5)
         AND ($6::int IS NULL OR f.fold = $6)
       ORDER BY ${by} LIMIT $7`,
      [
        row.key,
        datasetKey,
        after,
        indexOf(filter.given),
        indexOf(filter.suggested),
        filter.fold ?? null,
        limit,
      ],
    );
    return rows;
  };
  return readPage(filter, {
    list: ["flags", id, filter.order, filter.given, filter.suggested, filter.fold],
    keys: ["int4"],
    read: (after, limit) => select<FlagRecord>(RECORD, after?.[0] ?? -1, limit),
    async sizes(after, limit) {
      const sizes = await select<{ bytes: number }>(RECORD_BYTES, after?.[0] ?? -1, limit);
      return sizes.map(({ bytes }) => bytes);
    },
    keysOf: (flag) => [filter.order === "rank" ? flag.rank : flag.ordinal],
    view: (flag) => flagView(flag, names, layout),
  });
}

const RECORD = `f.*, s.id::float8 AS sample_id, s.line, s.external_id, s.text, s.true_class_index,
  s.cells, r.verdict AS review`;

const RECORD_BYTES = "octet_length(s.text) + coalesce(octet_length(s.cells), 0) AS bytes";

/** A flag with its sample, as SQL returns them. */
export interface FlagRecord {
  rank: number;
  ordinal: number;
  given: number;
  suggested: number;
  fold: number;
  self_confidence: number;
  normalized_margin: number;
  error_probability: number | null;
  suggested_probability: number;
  reason: Record<string, unknown> & { errorOdds?: number | null };
  review: Verdict | null;
  sample_id: number;
  line: number;
  external_id: string | null;
  text: string;
  true_class_index: number | null;
  cells: string | null;
}

/** Facts that only some flags have lie in their reason's column. */
export const flagView = (
  { reason: { errorOdds = null, ...reason }, ...row }: FlagRecord,
  names: readonly string[],
  layout: FileLayout | null,
): Flag => ({
  sampleId: row.sample_id,
  ordinal: row.ordinal,
  line: row.line,
  externalId: row.external_id,
  text: row.text,
  given: names[row.given] ?? "",
  suggested: names[row.suggested] ?? "",
  selfConfidence: row.self_confidence,
  normalizedMargin: row.normalized_margin,
  errorProbability: row.error_probability,
  errorOdds,
  suggestedProbability: row.suggested_probability,
  reason,
  fold: row.fold,
  rank: row.rank + 1,
  trueLabel: row.true_class_index === null ? null : (names[row.true_class_index] ?? null),
  columns: columnValues(readCells(row.cells), layout),
  review: row.review,
});

/** The flagged rows, the worst first. */
export async function readFlagOrder(store: Store, pruningId: string): Promise<number[]> {
  const { rows } = await poolOf(store).query<{ ordinal: number }>(
    `SELECT f.ordinal FROM flags f JOIN prunings p ON p.key = f.pruning_key
     WHERE p.id = $1 ORDER BY f.rank`,
    [pruningId],
  );
  return rows.map(({ ordinal }) => ordinal);
}
