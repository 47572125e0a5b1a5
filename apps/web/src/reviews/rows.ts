import type { CallInput, Client } from "@winnow/client";
import type {
  Evidence,
  MetOrder,
  QueuedFlag,
  ReviewOrder,
  ReviewState,
  SampledRow,
} from "@winnow/contracts";

/** Which flags are reviewed, and in which order. */
export interface ReviewFilter {
  readonly order: ReviewOrder;
  readonly state: ReviewState;
  readonly given?: string;
  readonly suggested?: string;
  readonly search?: string;
  readonly fold?: number;
  readonly minErrorProbability?: number;
  readonly maxErrorProbability?: number;
  readonly minRank?: number;
  readonly maxRank?: number;
}

type Shared = Pick<
  QueuedFlag & SampledRow,
  | "ordinal"
  | "line"
  | "text"
  | "given"
  | "suggested"
  | "columns"
  | "likeliest"
  | "nearDuplicates"
  | "review"
  | "version"
>;

/** A row to decide about: a flag, or a row of a random sample, of which nothing says whether it is one. */
export interface ReviewRow extends Shared {
  /** From 1: the flag's rank, or the row's place in the sample. */
  readonly place: number;
  readonly selfConfidence: number | null;
  readonly fold: number | null;
  readonly stability: number | null;
  readonly evidence: Evidence | null;
}

interface RowPage {
  readonly rows: readonly ReviewRow[];
  readonly nextCursor: string | null;
}

/** Where the rows of a session come from, and what a review of one says about how it was met. */
export interface RowSource {
  readonly datasetId: string;
  readonly pruningId?: string;
  readonly order: MetOrder;
  load(cursor: string | null | undefined, signal: AbortSignal): Promise<RowPage>;
}

const PAGE_ROWS = 50;

/** The flags of a pruning that a filter meets. */
export function flagRows(
  client: Client,
  ids: { readonly datasetId: string; readonly pruningId: string },
  filter: ReviewFilter,
): RowSource {
  return {
    ...ids,
    order: filter.order,
    async load(cursor, signal) {
      const query = { ...filter, limit: PAGE_ROWS, ...(cursor ? { cursor } : {}) };
      const params = { id: ids.pruningId };
      const page = await client.call("listReviewQueue", { params, query, signal });
      return {
        rows: page.data.map((row) => ({ ...row, place: row.rank })),
        nextCursor: page.nextCursor,
      };
    },
  };
}

/** The rows of a random sample in the order in which they were drawn. */
export function sampledRows(
  client: Client,
  sample: { readonly id: string; readonly datasetId: string },
  state: ReviewState,
): RowSource {
  return {
    datasetId: sample.datasetId,
    order: "sample",
    async load(cursor, signal) {
      const query: CallInput<"listReviewSampleRows">["query"] = {
        ...{ state, limit: PAGE_ROWS },
        ...(cursor ? { cursor } : {}),
      };
      const params = { id: sample.id };
      const page = await client.call("listReviewSampleRows", { params, query, signal });
      return {
        rows: page.data.map((row) => ({
          ...row,
          place: row.position,
          fold: null,
          stability: null,
          evidence: null,
        })),
        nextCursor: page.nextCursor,
      };
    },
  };
}
