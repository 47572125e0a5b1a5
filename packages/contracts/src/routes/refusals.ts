import type { ErrorCode } from "../errors/error-catalogue.js";
import type { Route } from "./routes.js";

/** `/v1/<noun>/:id` names something that may not be there. */
const NOT_FOUND: Readonly<Record<string, ErrorCode>> = {
  jobs: "job-not-found",
  datasets: "dataset-not-found",
  "cross-validations": "cross-validation-not-found",
  uploads: "upload-not-found",
  prunings: "pruning-not-found",
  experiments: "experiment-not-found",
  "review-samples": "review-sample-not-found",
  webhooks: "webhook-not-found",
};

/** Parameters further down the path. */
const NOT_FOUND_BELOW: Readonly<Record<string, ErrorCode>> = {
  deliveryId: "webhook-delivery-not-found",
  fold: "model-not-found",
  file: "model-not-found",
};

/**
 * Every problem that a route can answer: what follows from its scope, its parameters and its body, and
 * what it names itself.
 */
export function refusalsOf(route: Route): ErrorCode[] {
  const { method, path, scope, params, query, body, idempotencyKey } = route;
  const noun = path.split("/")[2] ?? "";
  const missing = Object.keys(params?.shape ?? {}).map((name) =>
    name === "id" ? NOT_FOUND[noun] : NOT_FOUND_BELOW[name],
  );
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
