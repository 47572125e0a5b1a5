import { createClient } from "@winnow/client";
import { AppError, problemOf } from "@winnow/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ScriptedServer,
  startScriptedServer,
} from "../../../../test/support/scripted-server.js";
import { flagRows } from "./rows.js";
import { ReviewSession } from "./session.js";

const DATASET = "ds_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
const PRUNING = "pr_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
const ROWS = 120;
const PAGE = 50;

interface Present {
  readonly verdict: string;
  readonly label: string | null;
  readonly version: number;
}

/** What a service holds that keeps reviews as the contract says. */
let reviews: Map<number, Present>;
let history: { id: string; ordinal: number; before: Present | undefined }[];
let isAway: boolean;
let server: ScriptedServer;
let session: ReviewSession;

const actionId = (n: number) => `rv_01931f5e-7c1a-7bbb-8a3e-${String(n).padStart(12, "0")}`;
const AT = "2026-11-26T00:00:00.000Z";

const reviewOf = (ordinal: number, { verdict, label, version }: Present) => ({
  ...{ ordinal, verdict, label, version, actionId: actionId(version), by: null },
  ...{ pruningId: PRUNING, order: "worst", inherited: false, undone: false, createdAt: AT },
});
const actionOf = (version: number) => ({
  ...{ id: actionId(version), datasetId: DATASET, version, rows: 1, by: null },
  ...{ pruningId: PRUNING, order: "worst", createdAt: AT, undoneAt: null },
});
const flag = (ordinal: number) => {
  const present = reviews.get(ordinal);
  return {
    ...{ sampleId: ordinal, ordinal, line: ordinal + 2, externalId: null, text: `text ${ordinal}` },
    ...{ given: "a", suggested: "b", selfConfidence: 0.1, normalizedMargin: -0.8 },
    ...{ errorProbability: 0.9, errorOdds: null, suggestedProbability: 0.9, reason: {}, fold: 0 },
    ...{ stability: null, evidence: null },
    ...{ rank: ordinal + 1, trueLabel: null, columns: [], likeliest: [], nearDuplicates: [] },
    review: present ? reviewOf(ordinal, present) : null,
    version: present?.version ?? 0,
  };
};

function review(body: {
  reviews: { ordinal: number; verdict: string; label?: string; version: number }[];
}) {
  const [{ ordinal, verdict, label = null, version }] = body.reviews as [(typeof body.reviews)[0]];
  const before = reviews.get(ordinal);
  if ((before?.version ?? 0) !== version) {
    const conflict = new AppError("review-conflict", "Somebody was quicker.");
    return { status: conflict.status, body: problemOf(conflict, "req-1") };
  }
  const next = history.length + 1;
  history.push({ id: actionId(next), ordinal, before });
  reviews.set(ordinal, { verdict, label, version: next });
  return { status: 200, body: { action: actionOf(next), rows: 1, replaced: 0, etag: "e" } };
}

function undo(id: string | undefined) {
  const last = id === undefined ? history.at(-1)! : history.find((one) => one.id === id)!;
  if (last.before) reviews.set(last.ordinal, last.before);
  else reviews.delete(last.ordinal);
  const restored = [
    { ordinal: last.ordinal, review: last.before ? reviewOf(last.ordinal, last.before) : null },
  ];
  return { status: 200, body: { action: actionOf(1), restored, etag: "e" } };
}

beforeEach(async () => {
  [reviews, history, isAway] = [new Map(), [], false];
  server = await startScriptedServer();
  server.answer((response, request) => {
    if (isAway) return void response.destroy();
    const url = new URL(request.url ?? "", server.url);
    const sent = server.seen.at(-1)!.body;
    const body = sent === "" ? {} : JSON.parse(sent);
    let answer: { status: number; body: unknown };
    if (url.pathname.endsWith("/queue")) {
      const first = Number(url.searchParams.get("cursor") ?? 0);
      const data = Array.from({ length: Math.min(PAGE, ROWS - first) }, (_, i) => flag(first + i));
      const end = first + data.length;
      const nextCursor = end < ROWS ? String(end) : null;
      answer = { status: 200, body: { data, hasMore: nextCursor !== null, nextCursor } };
    } else if (url.pathname.endsWith("/undo")) answer = undo(body.actionId);
    else if (request.method === "POST") answer = review(body);
    else {
      const ordinal = Number(url.searchParams.get("ordinal"));
      const present = reviews.get(ordinal);
      const data = present ? [reviewOf(ordinal, present)] : [];
      answer = { status: 200, body: { data, hasMore: false, nextCursor: null } };
    }
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  });
  const client = createClient(server.url, { retries: 0 });
  const ids = { datasetId: DATASET, pruningId: PRUNING };
  session = new ReviewSession(client, flagRows(client, ids, { order: "worst", state: "pending" }));
  session.start();
  await expect.poll(() => session.snapshot().rows.length).toBe(PAGE);
});
afterEach(() => {
  session.close();
  server.close();
});

const shown = () => session.snapshot();
const settled = () => expect.poll(() => shown().unsaved, { timeout: 10_000 }).toBe(0);

describe("a review session", () => {
  it("shows the next row before a decision is saved, and loads rows ahead to the end", async () => {
    for (let i = 0; i < ROWS; i += 1) {
      await expect.poll(() => shown().rows[i]?.ordinal).toBe(i);
      session.decide("relabel", "b");
      expect(shown().index).toBe(i + 1);
      expect(shown().decisions.get(i)).toEqual({ verdict: "relabel", label: "b" });
    }
    await settled();
    expect(reviews.size).toBe(ROWS);
    expect([shown().hasMore, shown().rows.length]).toEqual([false, ROWS]);
  });

  it("takes decisions back in their order, and those of before once its own are gone", async () => {
    session.decide("keep");
    session.decide("drop");
    session.goTo(0);
    session.decide("unsure");
    session.undo();
    expect(shown().index).toBe(0);
    expect(shown().decisions.get(0)).toEqual({ verdict: "keep", label: null });
    session.undo();
    expect([shown().index, shown().undoable]).toEqual([1, 1]);
    await settled();
    expect([...reviews]).toEqual([[0, expect.objectContaining({ verdict: "keep" })]]);
  });

  it("agrees with the service after random decisions and undos", async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let step = 0; step < 300; step += 1) {
      if (random(3) === 0 && shown().undoable > 0) session.undo();
      else if (random(4) === 0) session.goTo(random(30));
      else session.decide((["keep", "drop", "unsure"] as const)[random(3)]!);
    }
    await settled();
    expect(shown().fault).toBeNull();
    const here = [...shown().decisions].map(([ordinal, { verdict }]) => [ordinal, verdict]);
    const there = [...reviews].map(([ordinal, { verdict }]) => [ordinal, verdict]);
    expect(here.sort()).toEqual(there.sort());
  });

  it("shows what somebody else has decided instead of its own decision", async () => {
    reviews.set(0, { verdict: "drop", label: null, version: 99 });
    session.decide("keep");
    await settled();
    expect(shown().conflict).toEqual({ index: 0, decision: { verdict: "drop", label: null } });
    expect(shown().decisions.get(0)).toEqual({ verdict: "drop", label: null });
    expect(shown().undoable).toBe(0);
    // Seen, it can be replaced.
    session.goTo(0);
    session.decide("keep");
    await settled();
    expect(reviews.get(0)?.verdict).toBe("keep");
  });

  it("keeps decisions while the service is away, and sends them once", async () => {
    isAway = true;
    session.decide("keep");
    session.decide("drop");
    await expect.poll(() => shown().isWaiting).toBe(true);
    expect(shown().unsaved).toBe(2);
    isAway = false;
    await settled();
    expect([...reviews].map(([ordinal, { verdict }]) => [ordinal, verdict])).toEqual([
      [0, "keep"],
      [1, "drop"],
    ]);
    const keys = server.seen
      .filter(({ method, url }) => method === "POST" && url?.endsWith("/reviews"))
      .map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(2);
    expect(keys.length).toBeGreaterThan(2);
  });
});
