import {
  AppError,
  type Page,
  type ReviewSample,
  type SampledShare,
  type SampleStratum,
} from "@winnow/contracts";
import { type Database, poolOf, type Store, sql } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { datasetKeyOf } from "../datasets/datasets.js";
import { type Share, stratifiedShares } from "../intervals/stratified.js";

interface SampleRecord {
  readonly key: number;
  readonly id: string;
  readonly dataset_id: string;
  readonly pruning_id: string;
  readonly seed: number;
  readonly half_width: number;
  readonly flagged_rows: number;
  readonly unflagged_rows: number;
  readonly actor_id: string | null;
  readonly created_at: Date;
}

const RECORD = `key, id, dataset_id, pruning_id, seed::float8 AS seed, half_width, flagged_rows,
  unflagged_rows, actor_id, created_at`;

/** A sample with what its reviews say so far. Throws `review-sample-not-found`. */
export async function readReviewSample(db: Database, id: string): Promise<ReviewSample> {
  const { rows } = await sql(db).query<SampleRecord>(
    `SELECT ${RECORD} FROM review_samples WHERE id = $1`,
    [id],
  );
  if (!rows[0]) throw new AppError("review-sample-not-found", `No sample has the id ${id}.`);
  const [sample] = await withShares(db, rows);
  return sample!;
}

/** A dataset's samples, newest first, one page. Throws `dataset-not-found`. */
export async function listReviewSamples(
  store: Store,
  datasetId: string,
  page: PageRequest,
): Promise<Page<ReviewSample>> {
  await datasetKeyOf(store, datasetId);
  return readPage(page, {
    list: ["review-samples", datasetId],
    keys: ["string"],
    async read(after, limit) {
      const { rows } = await poolOf(store).query<SampleRecord>(
        `SELECT ${RECORD} FROM review_samples
         WHERE dataset_id = $1 AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [datasetId, after?.[0] ?? null, limit],
      );
      return withShares(store, rows);
    },
    keysOf: ({ id }) => [id],
    view: (sample) => sample,
  });
}

/** The newest samples of these datasets, at most `each` of one, newest first. */
export async function readNewestSamples(
  store: Store,
  datasetIds: readonly string[],
  each: number,
): Promise<ReviewSample[]> {
  if (datasetIds.length === 0) return [];
  const { rows } = await poolOf(store).query<SampleRecord>(
    `SELECT newest.* FROM unnest($1::text[]) AS wanted(id) CROSS JOIN LATERAL (
       SELECT ${RECORD} FROM review_samples WHERE dataset_id = wanted.id ORDER BY id DESC LIMIT $2
     ) newest ORDER BY newest.id DESC`,
    [[...new Set(datasetIds)], each],
  );
  return withShares(store, rows);
}

type Counts = Omit<SampleStratum, "flagged" | "rows">;

/**
 * Counts in each stratum up to its first row without a review. Whoever reviews the worst rows first has
 * reviewed some of the sample before: these are no fair part of it until the others are reviewed, too.
 */
const COUNTS = `
  WITH met AS (
    SELECT w.sample_key, w.is_flagged, w.position, w.given, r.verdict, r.class_index
    FROM review_sample_rows w
    JOIN review_samples s ON s.key = w.sample_key
    JOIN datasets d ON d.id = s.dataset_id
    LEFT JOIN reviews r ON r.dataset_key = d.key AND r.ordinal = w.ordinal
    WHERE w.sample_key = ANY($1)),
  open AS (
    SELECT sample_key, is_flagged, min(position) AS first FROM met WHERE verdict IS NULL
    GROUP BY sample_key, is_flagged)
  SELECT sample_key, is_flagged, count(*)::int AS sampled, count(verdict)::int AS reviewed,
    count(*) FILTER (WHERE counts)::int AS counted,
    count(*) FILTER (WHERE counts AND (verdict = 'drop'
      OR verdict = 'relabel' AND class_index <> given))::int AS wrong,
    count(*) FILTER (WHERE counts AND (verdict = 'keep'
      OR verdict = 'relabel' AND class_index = given))::int AS right,
    count(*) FILTER (WHERE counts AND verdict = 'unsure')::int AS unsure
  FROM (SELECT met.*, position < coalesce(open.first, ${2 ** 31 - 1}) AS counts
    FROM met LEFT JOIN open USING (sample_key, is_flagged)) counting
  GROUP BY sample_key, is_flagged`;

async function withShares(db: Database, records: readonly SampleRecord[]): Promise<ReviewSample[]> {
  if (records.length === 0) return [];
  const { rows } = await sql(db).query<Counts & { sample_key: number; is_flagged: boolean }>(
    COUNTS,
    [records.map(({ key }) => key)],
  );
  const counts = new Map(
    rows.map(({ sample_key, is_flagged, ...found }) => [`${sample_key} ${is_flagged}`, found]),
  );
  return records.map((record) =>
    sampleView(
      record,
      counts.get(`${record.key} true`) ?? NOTHING,
      counts.get(`${record.key} false`) ?? NOTHING,
    ),
  );
}

const NOTHING: Counts = { sampled: 0, reviewed: 0, counted: 0, wrong: 0, right: 0, unsure: 0 };

/** Rows of a stratum that are enough to show what it says beside what a model says. */
const ENOUGH = 30;

function sampleView(record: SampleRecord, flags: Counts, others: Counts): ReviewSample {
  const flagged = { flagged: true, rows: record.flagged_rows, ...flags };
  const unflagged = { flagged: false, rows: record.unflagged_rows, ...others };
  const { noiseRate, precision, recall } = stratifiedShares(flagged, unflagged);
  return {
    id: record.id,
    datasetId: record.dataset_id,
    pruningId: record.pruning_id,
    seed: record.seed,
    size: flags.sampled + others.sampled,
    halfWidth: record.half_width,
    strata: [flagged, unflagged],
    reviewed: flags.reviewed + others.reviewed,
    isEnough: [flags, others].every(({ counted, sampled }) => counted >= Math.min(ENOUGH, sampled)),
    noiseRate: named(noiseRate, "square-and-add"),
    precision: named(precision, "clopper-pearson"),
    recall: named(recall, "joint-bounds"),
    by: record.actor_id,
    createdAt: record.created_at.toISOString(),
  };
}

const named = (share: Share | null, method: SampledShare["method"]): SampledShare | null =>
  share && { ...share, method };
