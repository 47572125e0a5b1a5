import cors from "@fastify/cors";
import type { FastifyInstance } from "fastify";

/** What a page of another origin may send besides what forms send. */
const REQUEST_HEADERS = [
  "authorization",
  "content-range",
  "content-type",
  "idempotency-key",
  "if-none-match",
  "last-event-id",
  "traceparent",
  "upload-length",
];

/** What it may read of an answer besides the usual. */
const ANSWER_HEADERS = [
  "content-disposition",
  "etag",
  "idempotent-replayed",
  "location",
  "retry-after",
  "www-authenticate",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-request-id",
  "x-winnow-cleaned-rows",
  "x-winnow-columns-left-out",
  "x-winnow-format",
  "x-winnow-formula-guard",
  "x-winnow-pruning",
];

const PREFLIGHT_SECONDS = 600;

/**
 * Tells browsers that pages of these origins may call the API: always with a key in the header, never
 * with what a browser adds by itself. Register it before the keys are checked: a preflight has none.
 */
export async function registerCors(
  app: FastifyInstance,
  origins: readonly string[],
): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  });
}
