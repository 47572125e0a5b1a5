import { ApiError, type Client } from "@winnow/client";
import type { QueuedFlag, ReviewOrder, ReviewReport, Verdict } from "@winnow/contracts";

/** Rows that are asked for at a time. */
const PAGE = 50;

export interface SessionOptions {
  readonly client: Client;
  readonly pruningId: string;
  readonly order: ReviewOrder;
  readonly signal?: AbortSignal | undefined;
}

/** What a person decided about a row, as it is shown. */
export interface Shown {
  readonly verdict: Verdict;
  readonly label: string | null;
}

/** One person's way through the queue of a pruning: decisions go to the service at once. */
export class ReviewSession {
  readonly #options: SessionOptions;
  readonly #rows: QueuedFlag[] = [];
  readonly #decided = new Map<number, Shown>();
  /** The rows of one's own actions, the last one last. */
  readonly #actions: { readonly id: string; readonly at: number }[] = [];
  #datasetId = "";
  #cursor: string | null = null;
  #hasMore = true;
  #at = 0;
  counts: Pick<ReviewReport, "flags" | "confirmed" | "rejected" | "unsure"> | null = null;
  message = "";

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get row(): QueuedFlag | undefined {
    return this.#rows[this.#at];
  }
  get decision(): Shown | undefined {
    const { row } = this;
    return row && (this.#decided.get(row.ordinal) ?? row.review ?? undefined);
  }
  get decidedRows(): number {
    return this.#decided.size;
  }

  async open(): Promise<void> {
    const { client, pruningId: id, signal } = this.#options;
    this.#datasetId = (await client.call("getPruning", { params: { id }, signal })).datasetId;
    this.counts = await client.call("getReviewReport", { params: { id }, signal });
    await this.#more();
  }

  async move(by: 1 | -1): Promise<void> {
    this.#at = Math.max(0, this.#at + by);
    if (this.#at >= this.#rows.length) await this.#more();
    this.#at = Math.min(this.#at, this.#rows.length);
  }

  /** Decides about the row and goes to the next one. Where somebody else was first, it stays. */
  async decide(verdict: Verdict, label: string | null = null): Promise<void> {
    const { row } = this;
    if (!row) return;
    const { client, pruningId, order, signal } = this.#options;
    const { ordinal, version } = row;
    const review =
      verdict === "relabel"
        ? { ordinal, verdict, label: label ?? row.suggested, version }
        : { ordinal, verdict, version };
    try {
      const { action } = await client.call("createReviews", {
        params: { id: this.#datasetId },
        body: { type: "rows", reviews: [review], pruningId, order },
        signal,
      });
      if (!action) return;
      this.#actions.push({ id: action.id, at: this.#at });
      this.#rows[this.#at] = { ...row, version: action.version };
      this.#decided.set(ordinal, { verdict, label: "label" in review ? review.label : null });
      this.message = "";
      await this.move(1);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "review-conflict") throw error;
      await this.#reload(row);
    }
  }

  /** Undoes the last decision of this session, and goes back to its row. */
  async undo(): Promise<void> {
    const last = this.#actions.pop();
    if (!last) {
      this.message = "There is nothing to undo.";
      return;
    }
    const { restored } = await this.#options.client.call("undoReviews", {
      params: { id: this.#datasetId },
      body: { actionId: last.id },
      signal: this.#options.signal,
    });
    this.#at = last.at;
    const row = this.#rows[last.at]!;
    const review = restored[0]?.review ?? null;
    this.#rows[last.at] = { ...row, review, version: review?.version ?? 0 };
    this.#decided.delete(row.ordinal);
    this.message = "Undone.";
  }

  async #reload(row: QueuedFlag): Promise<void> {
    const { data } = await this.#options.client.call("listReviews", {
      params: { id: this.#datasetId },
      query: { ordinal: row.ordinal },
      signal: this.#options.signal,
    });
    const review = data[0] ?? null;
    this.#rows[this.#at] = { ...row, review, version: review?.version ?? 0 };
    this.message = "Somebody else has just reviewed this row: decide again to replace it.";
  }

  async #more(): Promise<void> {
    if (!this.#hasMore) return;
    const { client, pruningId: id, order, signal } = this.#options;
    const page = await client.call("listReviewQueue", {
      params: { id },
      query: { order, limit: PAGE, ...(this.#cursor === null ? {} : { cursor: this.#cursor }) },
      signal,
    });
    this.#rows.push(...page.data);
    this.#hasMore = page.hasMore;
    this.#cursor = page.nextCursor;
  }
}
