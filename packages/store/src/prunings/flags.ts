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
  readonly minStability?: number | undefined;
  readonly maxStability?: number | undefined;
  readonly order: "rank" | "ordinal" | "stability";
}

/** What a list is sorted by before the rank: an expression, its type, and a flag's value of it. */
const SORTED_BY: Record<
  FlagFilter["order"],
  { readonly sql: string; readonly type: "int4" | "float8"; of(flag: FlagRecord): number }
> = {
  rank: { sql: "f.rank", type: "int4", of: ({ rank }) => rank },
  ordinal: { sql: "f.ordinal", type: "int4", of: ({ ordinal }) => ordinal },
  // Those without one come last.
  stability: {
    sql: "(- coalesce(f.stability, -1))",
    type: "float8",
    of: ({ stability }) => -(stability ?? -1),
  },
};

/** Below every value that a list is sorted by. */
const START = [-2, -1] as const;

/**
 * A page of flags: worst first, in input order, or the most stable first. Throws `pruning-not-found`,
 * `pruning-not-finished`.
 */
export async function listFlags(store: Store, id: string, filter: FlagFilter): Promise<Page<Flag>> {
  const { row, datasetId, datasetKey } = await readyPruning(store, id);
  const names = await classNames(store, datasetId);
  const layout = await readFileLayout(store, datasetId);
  const indexOf = (name: string | undefined) => (name === undefined ? null : names.indexOf(name));
  const { sql: by, type, of } = SORTED_BY[filter.order];
  const select = async <T extends object>(
    columns: string,
    after: readonly number[] | null,
    limit: number,
  ) => {
    const { rows } = await poolOf(store).query<T>(
      `SELECT ${columns}
       FROM flags f JOIN samples s ON s.dataset_key = $2 AND s.ordinal = f.ordinal
       LEFT JOIN reviews r ON r.dataset_key = $2 AND r.ordinal = f.ordinal
       LEFT JOIN flag_evidence e ON e.pruning_key = f.pruning_key AND e.ordinal = f.ordinal
       WHERE f.pruning_key = $1 AND (${by}, f.rank) > ($3::${type}, $4::int4)
         AND ($5::int IS NULL OR f.given = $5) AND ($6::int IS NULL OR f.suggested = $6)
         AND ($7::int IS NULL OR f.fold = $7)
         AND ($8::float8 IS NULL OR f.stability >= $8) AND ($9::float8 IS NULL OR f.stability <= $9)
       ORDER BY ${by}, f.rank LIMIT $10`,
      [
        row.key,
        datasetKey,
        ...(after ?? START),
        indexOf(filter.given),
        indexOf(filter.suggested),
        filter.fold ?? null,
        filter.minStability ?? null,
        filter.maxStability ?? null,
        limit,
      ],
    );
    return rows;
  };
  return readPage(filter, {
    list: [
      "flags",
      id,
      filter.order,
      filter.given,
      filter.suggested,
      filter.fold,
      filter.minStability,
      filter.maxStability,
    ],
    keys: ["float8", "int4"],
    read: (after, limit) => select<FlagRecord>(RECORD, after, limit),
    async sizes(after, limit) {
      const sizes = await select<{ bytes: number }>(RECORD_BYTES, after, limit);
      return sizes.map(({ bytes }) => bytes);
    },
    keysOf: (flag) => [of(flag), flag.rank],
    view: (flag) => flagView(flag, names, layout),
  });
}

const RECORD = `f.*, s.id::float8 AS sample_id, s.line, s.external_id, s.text, s.true_class_index,
  s.cells, r.verdict AS review, e.evidence`;

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
  stability: number | null;
  reason: Record<string, unknown> & { errorOdds?: number | null };
  review: Verdict | null;
  evidence: Flag["evidence"];
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
  stability: row.stability,
  reason,
  fold: row.fold,
  rank: row.rank + 1,
  trueLabel: row.true_class_index === null ? null : (names[row.true_class_index] ?? null),
  columns: columnValues(readCells(row.cells), layout),
  evidence: row.evidence,
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
