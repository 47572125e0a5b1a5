import type { ErrorCode } from "../errors/error-catalogue.js";
import type { Route } from "./route.js";

/** `/v1/<noun>/:id` names something that may not be there. */
const NOT_FOUND = {
  jobs: "job-not-found",
  datasets: "dataset-not-found",
  "cross-validations": "cross-validation-not-found",
  uploads: "upload-not-found",
  prunings: "pruning-not-found",
  experiments: "experiment-not-found",
  "review-samples": "review-sample-not-found",
  webhooks: "webhook-not-found",
} as const satisfies Readonly<Record<string, ErrorCode>>;

/** Parameters further down the path. */
const NOT_FOUND_BELOW = {
  deliveryId: "webhook-delivery-not-found",
  fold: "model-not-found",
  file: "model-not-found",
} as const satisfies Readonly<Record<string, ErrorCode>>;

export type MissingCode =
  | (typeof NOT_FOUND)[keyof typeof NOT_FOUND]
  | (typeof NOT_FOUND_BELOW)[keyof typeof NOT_FOUND_BELOW];

/** The problem of a parameter in a path that names nothing, if it names anything. */
export function missingCode(path: string, parameter: string): MissingCode | undefined {
  const codes: Readonly<Record<string, MissingCode>> =
    parameter === "id" ? NOT_FOUND : NOT_FOUND_BELOW;
  return codes[parameter === "id" ? (path.split("/")[2] ?? "") : parameter];
}

/**
 * Every problem that a route can answer: what follows from its scope, its parameters and its body, and
 * what it names itself.
 */
export function refusalsOf(route: Route): ErrorCode[] {
  const { method, path, scope, params, query, body, idempotencyKey } = route;
  const missing = Object.keys(params?.shape ?? {}).map((name) => missingCode(path, name));
  const isPublic = scope === "public";
  return [
    ...new Set<ErrorCode>([
      "validation-failed",
      "headers-too-large",
      ...given(body, "malformed-json"),
      ...given(query && "cursor" in query.shape, "invalid-cursor"),
      ...given(!isPublic, "unauthenticated", "forbidden"),
      ...missing.filter((code) => code !== undefined),
      ...given(idempotencyKey, "idempotency-in-flight", "idempotency-key-reuse"),
      ...given(method !== "GET", "payload-too-large", "unsupported-media-type", "request-timeout"),
      ...(route.refusals ?? []),
      ...given(!isPublic, "rate-limited"),
      "internal",
      "overloaded",
      ...given(!isPublic, "not-ready"),
      ...given(scope === "write" || scope === "admin", "storage-full"),
    ]),
  ];
}

const given = (condition: unknown, ...codes: readonly ErrorCode[]): readonly ErrorCode[] =>
  condition ? codes : [];
