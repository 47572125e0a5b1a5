import type { Client } from "@winnow/client";
import type {
  Evidence,
  MetOrder,
  Page,
  QueuedFlag,
  ReviewOrder,
  SampledRow,
} from "@winnow/contracts";

/** A row to decide about, and its place in the queue, from 1. */
export type QueuedRow = Omit<SampledRow, "position"> & {
  readonly place: number;
  /** Of a flag; a sampled row is not told what doubts it. */
  readonly evidence: Evidence | null;
};

/** What is reviewed: the flags of a pruning, or the rows of a sample. */
export interface ReviewQueue {
  readonly datasetId: string;
  readonly pruningId: string;
  readonly order: MetOrder;
  /** What its rows are called. */
  readonly noun: "flags" | "sampled rows";
  readonly rows: number;
  readonly decided: number;
  page(cursor: string | null): Promise<Page<QueuedRow>>;
}

/** Rows that are asked for at a time. */
const PAGE = 50;

export interface QueueOptions {
  readonly client: Client;
  /** Of a pruning, or of a sample. */
  readonly id: string;
  /** Of a pruning's flags; a sample has an order of its own. */
  readonly order: ReviewOrder;
  readonly signal?: AbortSignal | undefined;
}

/** The queue of a pruning (`pr_...`) or of a sample (`rs_...`). */
export const openQueue = (options: QueueOptions): Promise<ReviewQueue> =>
  options.id.startsWith("rs_") ? ofSample(options) : ofPruning(options);

async function ofPruning({ client, id, order, signal }: QueueOptions): Promise<ReviewQueue> {
  const params = { id };
  const { datasetId } = await client.call("getPruning", { params, signal });
  const report = await client.call("getReviewReport", { params, signal });
  return {
    datasetId,
    pruningId: id,
    order,
    noun: "flags",
    rows: report.flags,
    decided: report.confirmed + report.rejected + report.unsure,
    async page(cursor) {
      const query = { order, ...pageOf(cursor) };
      const page = await client.call("listReviewQueue", { params, query, signal });
      return { ...page, data: page.data.map(rowOfFlag) };
    },
  };
}

const rowOfFlag = ({ rank, ...row }: QueuedFlag): QueuedRow => ({ ...row, place: rank });

async function ofSample({ client, id, signal }: QueueOptions): Promise<ReviewQueue> {
  const params = { id };
  const sample = await client.call("getReviewSample", { params, signal });
  return {
    datasetId: sample.datasetId,
    pruningId: sample.pruningId,
    order: "sample",
    noun: "sampled rows",
    rows: sample.size,
    decided: sample.reviewed,
    async page(cursor) {
      const query = pageOf(cursor);
      const page = await client.call("listReviewSampleRows", { params, query, signal });
      return {
        ...page,
        data: page.data.map(({ position, ...row }) => ({
          ...row,
          place: position,
          evidence: null,
        })),
      };
    },
  };
}

const pageOf = (cursor: string | null) => ({ limit: PAGE, ...(cursor === null ? {} : { cursor }) });
