import { ApiError } from "@winnow/client";
import type { Verdict } from "@winnow/contracts";
import { openQueue, type QueuedRow, type QueueOptions, type ReviewQueue } from "./queue.js";

/** What a person decided about a row, as it is shown. */
export interface Shown {
  readonly verdict: Verdict;
  readonly label: string | null;
}

/** One person's way through a queue: decisions go to the service at once. */
export class ReviewSession {
  readonly #options: QueueOptions;
  readonly #rows: QueuedRow[] = [];
  readonly #decided = new Map<number, Shown>();
  /** The rows of one's own actions, the last one last. */
  readonly #actions: { readonly id: string; readonly at: number }[] = [];
  #queue: ReviewQueue | null = null;
  #cursor: string | null = null;
  #hasMore = true;
  #at = 0;
  message = "";

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get row(): QueuedRow | undefined {
    return this.#rows[this.#at];
  }
  get decision(): Shown | undefined {
    const { row } = this;
    return row && (this.#decided.get(row.ordinal) ?? row.review ?? undefined);
  }
  get decidedRows(): number {
    return this.#decided.size;
  }

  /** null before `open`. */
  get queue(): ReviewQueue | null {
    return this.#queue;
  }

  async open(): Promise<void> {
    this.#queue = await openQueue(this.#options);
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
    const queue = this.#queue;
    if (!row || !queue) return;
    const { client, signal } = this.#options;
    const { pruningId, order } = queue;
    const { ordinal, version } = row;
    const review =
      verdict === "relabel"
        ? { ordinal, verdict, label: label ?? row.suggested, version }
        : { ordinal, verdict, version };
    try {
      const { action } = await client.call("createReviews", {
        params: { id: this.#datasetId() },
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
      params: { id: this.#datasetId() },
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

  #datasetId(): string {
    return this.#queue?.datasetId ?? "";
  }

  async #reload(row: QueuedRow): Promise<void> {
    const { data } = await this.#options.client.call("listReviews", {
      params: { id: this.#datasetId() },
      query: { ordinal: row.ordinal },
      signal: this.#options.signal,
    });
    const review = data[0] ?? null;
    this.#rows[this.#at] = { ...row, review, version: review?.version ?? 0 };
    this.message = "Somebody else has just reviewed this row: decide again to replace it.";
  }

  async #more(): Promise<void> {
    if (!this.#hasMore || !this.#queue) return;
    const page = await this.#queue.page(this.#cursor);
    this.#rows.push(...page.data);
    this.#hasMore = page.hasMore;
    this.#cursor = page.nextCursor;
  }
}
