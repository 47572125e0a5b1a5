import { AppError, type Page, type ReviewState, type SampledRow } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { partitionOf } from "../database/partitions.js";
import { columnValues, readCells } from "../datasets/cells.js";
import { classNames, readFileLayout } from "../datasets/datasets.js";
import { OF_STATE } from "../reviews/flag-filter.js";
import { readReviewsOf } from "../reviews/list-reviews.js";
import { readNearDuplicates } from "../reviews/near-duplicates.js";
import { likeliest } from "../reviews/queue.js";

interface RowRecord {
  readonly position: number;
  readonly ordinal: number;
  readonly given: number;
  readonly sample_id: number;
  readonly line: number;
  readonly external_id: string | null;
  readonly text: string;
  readonly cells: string | null;
  readonly self_confidence: number | null;
  readonly probs: Buffer | null;
}

interface Keys {
  readonly sample: number;
  readonly dataset: number;
  /** Whose probabilities are shown; null if the pruning was deleted. */
  readonly run: number | null;
}

/** A page of a sample's rows in the order of review. Throws `review-sample-not-found`. */
export async function listReviewSampleRows(
  store: Store,
  sampleId: string,
  filter: PageRequest & { readonly state: ReviewState },
): Promise<Page<SampledRow>> {
  const { datasetId, ...keys } = await findSample(store, sampleId);
  const [names, layout] = await Promise.all([
    classNames(store, datasetId),
    readFileLayout(store, datasetId),
  ]);
  const page = await readPage(filter, {
    list: ["review-sample-rows", sampleId, filter.state],
    keys: ["int4"],
    read: (after, limit) => readRows(store, keys, filter.state, after?.[0] ?? -1, limit),
    keysOf: ({ position }) => [position],
    view(row) {
      const classes = likeliest(row.probs, names);
      const given = names[row.given] ?? "";
      return {
        position: row.position + 1,
        sampleId: row.sample_id,
        ordinal: row.ordinal,
        line: row.line,
        externalId: row.external_id,
        text: row.text,
        given,
        suggested: classes.find(({ label }) => label !== given)?.label ?? given,
        selfConfidence: row.self_confidence,
        columns: columnValues(readCells(row.cells), layout),
        likeliest: classes,
      };
    },
  });
  const ordinals = page.data.map(({ ordinal }) => ordinal);
  const [found, nearDuplicates] = await Promise.all([
    readReviewsOf(store, keys.dataset, ordinals),
    readNearDuplicates(store, keys.dataset, ordinals, names),
  ]);
  const reviews = new Map(found.map((review) => [review.ordinal, review]));
  const data = page.data.map((row) => {
    const review = reviews.get(row.ordinal) ?? null;
    return {
      ...row,
      nearDuplicates: nearDuplicates.get(row.ordinal) ?? [],
      review,
      version: review?.version ?? 0,
    };
  });
  return { ...page, data };
}

async function findSample(store: Store, id: string): Promise<Keys & { datasetId: string }> {
  const { rows } = await poolOf(store).query<Keys & { datasetId: string }>(
    `SELECT s.key AS sample, d.key AS dataset, d.id AS "datasetId", c.key AS run
     FROM review_samples s JOIN datasets d ON d.id = s.dataset_id
     LEFT JOIN prunings p ON p.id = s.pruning_id
     LEFT JOIN cross_validations c ON c.id = p.cross_validation_id
     WHERE s.id = $1`,
    [id],
  );
  if (rows[0]) return rows[0];
  throw new AppError("review-sample-not-found", `No sample has the id ${id}.`);
}

async function readRows(
  store: Store,
  { sample, dataset, run }: Keys,
  state: ReviewState,
  after: number,
  limit: number,
): Promise<RowRecord[]> {
  const probabilities =
    run === null
      ? "(SELECT NULL::float8 AS self_confidence, NULL::bytea AS probs) p ON false"
      : `${partitionOf("fold_probabilities", run)} p
         ON p.cross_validation_key = ${run} AND p.ordinal = page.ordinal`;
  const { rows } = await poolOf(store).query<RowRecord>(
    `WITH page AS MATERIALIZED (
       SELECT w.position, w.ordinal, w.given FROM review_sample_rows w
       LEFT JOIN reviews r ON r.dataset_key = $2 AND r.ordinal = w.ordinal
       WHERE w.sample_key = $1 AND w.position > $3 AND ${OF_STATE[state]}
       ORDER BY w.position LIMIT $4)
     SELECT page.*, s.id::float8 AS sample_id, s.line, s.external_id, s.text, s.cells, p.self_confidence, p.probs
     FROM page JOIN ${partitionOf("samples", dataset)} s
       ON s.dataset_key = $2 AND s.ordinal = page.ordinal
     LEFT JOIN ${probabilities}
     ORDER BY page.position`,
    [sample, dataset, after, limit],
  );
  return rows;
}
