import { type DueDelivery, readTraceParents, type Store } from "@winnow/store";
import type { Span, Tracing } from "@winnow/tracing";
import type { PostResult } from "./post-message.js";

/**
 * The spans that the deliveries' jobs belong to, by the job. None if they cannot be read: a message is
 * sent without its trace rather than late.
 */
export async function parentsOf(
  store: Store,
  deliveries: readonly DueDelivery[],
): Promise<ReadonlyMap<string, string>> {
  const jobs = deliveries.flatMap(({ jobId }) => (jobId === null ? [] : [jobId]));
  return readTraceParents(store, [...new Set(jobs)]).catch(() => new Map());
}

/** Begins the span of one attempt to deliver, in its job's trace. Never the URL, which may hold a key. */
export function beginDelivery(
  tracing: Tracing,
  { id, webhookId, jobId, type, attempt }: DueDelivery,
  parent: string,
): Span {
  return tracing.start(`webhook ${type}`, parent, {
    kind: "client",
    attributes: {
      "winnow.job.id": jobId,
      "winnow.webhook.id": webhookId,
      "winnow.webhook.delivery.id": id,
      "winnow.attempt": attempt,
      "http.request.method": "POST",
    },
  });
}

/** Waits for the answer, and ends the span as it says. */
export async function untilAnswered(span: Span, posted: Promise<PostResult>): Promise<PostResult> {
  try {
    const result = await posted;
    span.set({ "http.response.status_code": result.status });
    if (result.code !== null) span.fail(result.code);
    return result;
  } catch (error) {
    // The worker stops; the next one sends the message again.
    span.fail("aborted");
    throw error;
  } finally {
    span.end();
  }
}
