import { ApiError, type Client } from "@winnow/client";
import type { ReviewResult, Verdict } from "@winnow/contracts";
import type { ReviewRow, RowSource } from "./rows.js";
import { SaveQueue } from "./save-queue.js";

export interface Decision {
  readonly verdict: Verdict;
  /** With relabel: the class. */
  readonly label: string | null;
}

/** What the page shows; a new object whenever anything of it changes. */
export interface Snapshot {
  readonly rows: readonly ReviewRow[];
  /** The row that is being decided; the number of rows at the end of the list. */
  readonly index: number;
  /** By ordinal: what was decided here, or elsewhere before. */
  readonly decisions: ReadonlyMap<number, Decision>;
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  /** Decisions that are on their way to the service. */
  readonly unsaved: number;
  /** The service does not answer, and they wait for it. */
  readonly isWaiting: boolean;
  readonly fault: Error | null;
  /** A row that somebody else has decided meanwhile. */
  readonly conflict: { readonly index: number; readonly decision: Decision | null } | null;
  /** Decisions of this session that Z takes back. */
  readonly undoable: number;
  /** The last decision about a row, by the row's place; null: it was taken back. */
  readonly said: { readonly place: number; readonly decision: Decision | null } | null;
}

/** Rows are asked for before somebody comes to them. */
const AHEAD = 20;

type Done =
  | {
      readonly type: "row";
      readonly ordinal: number;
      readonly index: number;
      readonly before: Decision | undefined;
      actionId?: string;
    }
  | { readonly type: "filter"; readonly actionId: string };

/**
 * A walk through a pruning's queue. A decision shows the next row at once and is saved behind it, one
 * after another, so that undoing meets what was saved.
 */
export class ReviewSession {
  readonly #client: Client;
  readonly #source: RowSource;
  readonly #saves: SaveQueue;
  readonly #listeners = new Set<() => void>();
  readonly #versions = new Map<number, number>();
  #loading = new AbortController();
  #cursor: string | null | undefined;
  #done: Done[] = [];
  #snapshot: Snapshot = {
    ...{ rows: [], index: 0, decisions: new Map(), isLoading: false, hasMore: true },
    ...{ unsaved: 0, isWaiting: false, fault: null, conflict: null, undoable: 0, said: null },
  };

  constructor(client: Client, source: RowSource) {
    this.#client = client;
    this.#source = source;
    this.#saves = new SaveQueue((unsaved, isWaiting) => this.#set({ unsaved, isWaiting }));
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Loads the first rows. */
  start(): void {
    if (this.#snapshot.rows.length === 0) void this.#load();
  }

  /** Lets go of what is being loaded; decisions are saved all the same. */
  close(): void {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#set({ isLoading: false });
  }

  /** Decides about the present row and goes to the next. */
  decide(verdict: Verdict, label: string | null = null): void {
    const { rows, index, decisions } = this.#snapshot;
    const row = rows[index];
    if (row === undefined) return;
    const { ordinal } = row;
    const done: Done = { type: "row", ordinal, index, before: decisions.get(ordinal) };
    this.#done.push(done);
    const decision = { verdict, label };
    this.#set({
      decisions: new Map(decisions).set(ordinal, decision),
      index: index + 1,
      conflict: null,
      undoable: this.#done.length,
      said: { place: row.place, decision },
    });
    this.#loadAhead();
    this.#saves.add(
      async (idempotencyKey) => {
        const { action } = await this.#review(ordinal, decision, idempotencyKey);
        if (action === null) return;
        done.actionId = action.id;
        this.#versions.set(ordinal, action.version);
      },
      (error) => this.#refused(done, error),
    );
  }

  /** Takes the last decision back: of this session, or the last of all if there is none. */
  undo(): void {
    this.#takeBack(this.#done.pop());
  }

  /** Takes an action on the whole filter back, also when rows were decided since. */
  undoFilterAction(actionId: string): void {
    this.#done = this.#done.filter((one) => one.type !== "filter" || one.actionId !== actionId);
    this.#takeBack({ type: "filter", actionId });
  }

  #takeBack(last: Done | undefined): void {
    if (last?.type === "row") {
      this.#restore(last);
      const place = this.#snapshot.rows[last.index]?.place ?? last.index + 1;
      const said = { place, decision: last.before ?? null };
      this.#set({ index: last.index, conflict: null, said });
    }
    this.#set({ undoable: this.#done.length });
    this.#saves.add(
      async (idempotencyKey) => {
        // A decision that was refused has nothing to undo.
        if (last?.type === "row" && last.actionId === undefined) return;
        const body = last?.actionId === undefined ? {} : { actionId: last.actionId };
        const params = { id: this.#source.datasetId };
        const undone = await this.#client.call("undoReviews", { params, body, idempotencyKey });
        for (const { ordinal, review } of undone.restored) {
          this.#versions.set(ordinal, review?.version ?? 0);
        }
        if (last?.type !== "row") this.reload();
      },
      (error) => this.#set({ fault: error }),
    );
  }

  /** Notes an action on the whole filter, which an undo takes back as one. */
  noteFilterAction({ action }: ReviewResult): void {
    if (action) this.#done.push({ type: "filter", actionId: action.id });
    this.#set({ undoable: this.#done.length });
    this.reload();
  }

  goTo(index: number): void {
    const { rows } = this.#snapshot;
    this.#set({ index: Math.max(0, Math.min(rows.length, index)) });
    this.#loadAhead();
  }

  /** Loads the rows after those that are loaded: somebody looks at the end of the list. */
  loadMore(): void {
    const { hasMore, isLoading, fault } = this.#snapshot;
    if (hasMore && !isLoading && !fault) void this.#load();
  }

  /** Looks at the queue anew. */
  reload(): void {
    this.close();
    this.#cursor = undefined;
    this.#set({ rows: [], index: 0, decisions: new Map(), hasMore: true, fault: null });
    void this.#load();
  }

  #set(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }

  #loadAhead(): void {
    const { rows, index, hasMore, isLoading } = this.#snapshot;
    if (hasMore && !isLoading && index >= rows.length - AHEAD) void this.#load();
  }

  async #load(): Promise<void> {
    const { signal } = this.#loading;
    const cursor = this.#cursor;
    this.#set({ isLoading: true, fault: null });
    try {
      const page = await this.#source.load(cursor, signal);
      this.#cursor = page.nextCursor;
      const decisions = new Map(this.#snapshot.decisions);
      for (const { ordinal, version, review } of page.rows) {
        this.#versions.set(ordinal, version);
        if (review) decisions.set(ordinal, { verdict: review.verdict, label: review.label });
      }
      const rows = [...this.#snapshot.rows, ...page.rows];
      this.#set({ rows, decisions, hasMore: page.nextCursor !== null, isLoading: false });
    } catch (error) {
      if (!signal.aborted) this.#set({ isLoading: false, fault: error as Error });
    }
  }

  #review(ordinal: number, { verdict, label }: Decision, idempotencyKey: string) {
    const version = this.#versions.get(ordinal) ?? 0;
    const review =
      verdict === "relabel"
        ? { ordinal, verdict, label: label ?? "", version }
        : { ordinal, verdict, version };
    const { datasetId: id, pruningId, order } = this.#source;
    const met = pruningId === undefined ? { order } : { pruningId, order };
    const body = { type: "rows" as const, ...met, reviews: [review] };
    return this.#client.call("createReviews", { params: { id }, body, idempotencyKey });
  }

  #restore({ ordinal, before }: Extract<Done, { type: "row" }>): void {
    const decisions = new Map(this.#snapshot.decisions);
    if (before) decisions.set(ordinal, before);
    else decisions.delete(ordinal);
    this.#set({ decisions });
  }

  /** A decision was not written: the row shows what counts, and says so. */
  async #refused(done: Extract<Done, { type: "row" }>, error: Error): Promise<void> {
    this.#done = this.#done.filter((one) => one !== done);
    this.#restore(done);
    this.#set({ undoable: this.#done.length });
    if (!(error instanceof ApiError) || error.code !== "review-conflict") {
      this.#set({ fault: error });
      return;
    }
    try {
      await this.#showPresent(done);
    } catch (unread) {
      this.#set({ fault: unread as Error });
    }
  }

  /** Asks what counts for a row that somebody else has decided. */
  async #showPresent({ ordinal, index }: Extract<Done, { type: "row" }>): Promise<void> {
    const present = await this.#client.call("listReviews", {
      params: { id: this.#source.datasetId },
      query: { ordinal },
    });
    const [review] = present.data;
    this.#versions.set(ordinal, review?.version ?? 0);
    const decision = review ? { verdict: review.verdict, label: review.label } : null;
    const decisions = new Map(this.#snapshot.decisions);
    if (decision) decisions.set(ordinal, decision);
    this.#set({ decisions, conflict: { index, decision } });
  }
}
