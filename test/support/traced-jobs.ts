import { createClient } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import type { Store } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { expect } from "vitest";
import { eventually, makeCsv, TINY_MODEL } from "./jobs.js";
import type { SentSpan, TraceCollector } from "./trace-collector.js";

export const ROWS = 60;

/** A training of two folds, but for its dataset. */
export const TRAINING = {
  ...{ folds: 2, seed: 7, model: TINY_MODEL, backend: "wasm" },
  training: { epochs: 2 },
};

/** POSTs a job, with other headers if given; returns it as it was accepted. */
export async function postJob(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Job> {
  const answer = await fetch(`${url}/v1/jobs/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`${answer.status}: ${text}`);
  return JSON.parse(text) as Job;
}

/** Uploads a file; returns the body of its ingest. */
export async function ingestOf(url: string, csv = makeCsv(ROWS)) {
  const upload = await createClient(url).upload(new Blob([csv]));
  return {
    name: "secret name",
    source: { type: "upload", uploadId: upload.id },
    format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
  };
}

/** The span that the job's tasks belong to, as it is stored. */
export async function traceParentOf(store: Store, jobId: string): Promise<string | null> {
  const { rows } = await poolOf(store).query<{ trace_parent: string | null }>(
    "SELECT trace_parent FROM jobs WHERE id = $1",
    [jobId],
  );
  return rows[0]!.trace_parent;
}

/** The spans of the job's trace, once so many of this name have come. */
export async function traceOf(
  store: Store,
  collector: TraceCollector,
  jobId: string,
  { name, count = 1 }: { name: string; count?: number },
): Promise<SentSpan[]> {
  const traceId = (await traceParentOf(store, jobId))!.split("-")[1];
  const found = () => collector.spans.filter((span) => span.traceId === traceId);
  return eventually(
    `${count} spans ${name}`,
    () => named(found(), name).length >= count && found(),
    30_000,
  );
}

export const named = (spans: readonly SentSpan[], name: string): SentSpan[] =>
  spans.filter((span) => span.name === name);

/** Insists that the spans are one tree, whose root has the given parent; returns the root. */
export function expectOneTree(spans: readonly SentSpan[], above = ""): SentSpan {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
  expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual([above]);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  return roots[0]!;
}
