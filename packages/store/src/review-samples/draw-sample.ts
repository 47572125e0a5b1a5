import { randomInt } from "node:crypto";
import {
  AppError,
  MOST_SAMPLED_ROWS,
  type PruningReport,
  type ReviewSampleParams,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { partitionOf } from "../database/partitions.js";
import {
  allocate,
  type DrawnRows,
  type Expected,
  expectedHalfWidth,
  sizeFor,
} from "../intervals/sample-size.js";
import { holdPruningOf } from "../reviews/review-filter.js";
import { type ReviewedDataset, reviewedDataset } from "../reviews/reviewed-dataset.js";

const DEFAULT_HALF_WIDTH = 0.02;

/** What is expected of flagged rows: half of them wrong needs the most reviews. */
const FLAGGED_WRONG = 0.5;
/** Of the others at least this is expected to be wrong; nobody knows before somebody looks. */
const LEAST_UNFLAGGED_WRONG = 0.02;

/**
 * Draws rows at random from those that the pruning flagged and from the others, and puts them into an
 * order of review in which each start has both in their proportion. Returns the sample's id. Throws
 * `dataset-not-found`, `dataset-not-ready`, `pruning-not-found`, `pruning-not-finished`, and
 * `invalid-parameters`, also for an interval that needs more rows than a sample may have.
 */
export async function drawReviewSample(
  tx: Transaction,
  datasetId: string,
  params: ReviewSampleParams,
  actorId: string | null,
): Promise<string> {
  const dataset = await reviewedDataset(tx, datasetId);
  const pruningKey = await holdPruningOf(tx, dataset, params.pruningId);
  const expected = await expectedNoise(tx, dataset, pruningKey);
  const size = sizeOf(params, expected.flagged, expected.unflagged);
  const drawn = allocate(size, expected.flagged, expected.unflagged);
  const seed = params.seed ?? randomInt(2 ** 32);
  const id = newId("reviewSample");
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO review_samples (id, dataset_id, pruning_id, seed, half_width, flagged_rows,
       unflagged_rows, actor_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING key`,
    [
      id,
      datasetId,
      params.pruningId,
      seed,
      expectedHalfWidth(size, expected.flagged, expected.unflagged),
      expected.flagged.rows,
      expected.unflagged.rows,
      actorId,
    ],
  );
  await drawRows(tx, { sample: rows[0]!.key, dataset, pruning: pruningKey, seed, drawn });
  return id;
}

interface RowsToDraw {
  readonly sample: number;
  readonly dataset: ReviewedDataset;
  readonly pruning: number;
  readonly seed: number;
  readonly drawn: DrawnRows;
}

/** Rows with the least hashes under the seed are a random choice, whichever order they are met in. */
async function drawRows(
  tx: Transaction,
  { sample, dataset, pruning, seed, drawn }: RowsToDraw,
): Promise<void> {
  await tx.query(
    `WITH flagged AS (
       SELECT ordinal, hashint4extended(ordinal, $3::bigint) AS hash FROM flags WHERE pruning_key = $2
       ORDER BY hash, ordinal LIMIT $4::int),
     unflagged AS (
       SELECT o.ordinal, hashint4extended(o.ordinal, $3::bigint) AS hash
       FROM generate_series(0, $6::int - 1) AS o(ordinal)
       LEFT JOIN flags f ON f.pruning_key = $2 AND f.ordinal = o.ordinal
       WHERE f.ordinal IS NULL
       ORDER BY hash, o.ordinal LIMIT $5::int),
     drawn AS (
       SELECT ordinal, true AS is_flagged,
         (row_number() OVER (ORDER BY hash, ordinal) - 0.5) / $4::int AS place FROM flagged
       UNION ALL
       SELECT ordinal, false, (row_number() OVER (ORDER BY hash, ordinal) - 0.5) / $5::int
       FROM unflagged)
     INSERT INTO review_sample_rows (sample_key, position, ordinal, is_flagged, given)
     SELECT $1::int, row_number() OVER (ORDER BY d.place, d.is_flagged) - 1, d.ordinal, d.is_flagged,
       s.class_index
     FROM drawn d JOIN ${partitionOf("samples", dataset.key)} s
       ON s.dataset_key = $7 AND s.ordinal = d.ordinal`,
    [sample, pruning, seed, drawn.flagged, drawn.unflagged, dataset.rows, dataset.key],
  );
}

/** What the pruning makes one expect of flagged rows and of the others. */
async function expectedNoise(
  tx: Transaction,
  dataset: ReviewedDataset,
  pruningKey: number,
): Promise<{ readonly flagged: Expected; readonly unflagged: Expected }> {
  const { rows } = await tx.query<{ flagged: number; report: PruningReport }>(
    "SELECT flagged, report FROM prunings WHERE key = $1",
    [pruningKey],
  );
  const { flagged, report } = rows[0]!;
  const unflagged = dataset.rows - flagged;
  const wrong = (report.noise?.rate ?? report.estimatedNoiseRate) * dataset.rows;
  const share = unflagged === 0 ? 0 : (wrong - FLAGGED_WRONG * flagged) / unflagged;
  return {
    flagged: { rows: flagged, wrong: FLAGGED_WRONG },
    unflagged: { rows: unflagged, wrong: Math.min(0.5, Math.max(LEAST_UNFLAGGED_WRONG, share)) },
  };
}

function sizeOf(
  { size, halfWidth = DEFAULT_HALF_WIDTH }: ReviewSampleParams,
  flagged: Expected,
  unflagged: Expected,
): number {
  const all = flagged.rows + unflagged.rows;
  if (size !== undefined) return Math.min(size, all);
  const needed = sizeFor(halfWidth, flagged, unflagged, MOST_SAMPLED_ROWS);
  const reached = expectedHalfWidth(needed, flagged, unflagged);
  if (reached <= halfWidth || needed === all) return needed;
  const detail = `${halfWidth} needs more than the ${MOST_SAMPLED_ROWS} rows of a sample, which reach ${reached.toFixed(4)}`;
  throw new AppError("invalid-parameters", `A halfWidth of ${detail}.`, {
    errors: [{ pointer: "/halfWidth", detail }],
  });
}
