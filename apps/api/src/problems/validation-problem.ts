import { AppError, type ErrorCode, type FieldError, MOST_FAULTS } from "@winnow/contracts";
import type { FastifyError, FastifyRequest } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  type ZodFastifySchemaValidationError,
} from "fastify-type-provider-zod";

type ValidationError = Omit<FastifyError, "validation"> & {
  validation: ZodFastifySchemaValidationError[];
};

export const isValidationError = (error: unknown): error is ValidationError =>
  hasZodFastifySchemaValidationErrors(error);

interface Missing {
  readonly code: ErrorCode;
  readonly what: string;
}

/** `/v1/<noun>/:id` -> the code of a missing resource. */
const NOT_FOUND = new Map<string, Missing>([
  ["jobs", { code: "job-not-found", what: "job has the id" }],
  ["datasets", { code: "dataset-not-found", what: "dataset has the id" }],
  [
    "cross-validations",
    { code: "cross-validation-not-found", what: "cross-validation has the id" },
  ],
  ["uploads", { code: "upload-not-found", what: "upload has the id" }],
  ["prunings", { code: "pruning-not-found", what: "pruning has the id" }],
  ["experiments", { code: "experiment-not-found", what: "experiment has the id" }],
  ["review-samples", { code: "review-sample-not-found", what: "sample has the id" }],
  ["webhooks", { code: "webhook-not-found", what: "webhook has the id" }],
]);

/** Parameters further down the path, by name. */
const NOT_FOUND_BELOW = new Map<string, Missing>([
  ["deliveryId", { code: "webhook-delivery-not-found", what: "delivery has the id" }],
  ["fold", { code: "model-not-found", what: "model has the fold" }],
  ["file", { code: "model-not-found", what: "model has the file" }],
]);

/**
 * The faults that the schemas found, each with a JSON pointer: into the body, or below /query or
 * /headers. An invalid id in the path names nothing, so it is a 404.
 */
export function validationProblem(error: ValidationError, request: FastifyRequest): AppError {
  if (error.validationContext === "params") {
    const wrong = error.validation[0]?.instancePath.slice(1) ?? "id";
    const noun = request.routeOptions.url?.split("/")[2] ?? "";
    const missing = wrong === "id" ? NOT_FOUND.get(noun) : NOT_FOUND_BELOW.get(wrong);
    const { [wrong]: id } = request.params as Record<string, string>;
    if (missing) return new AppError(missing.code, `No ${missing.what} ${id}.`);
  }
  const prefix = PREFIXES.get(error.validationContext ?? "body") ?? "";
  const errors = error.validation.flatMap((fault) => faultsOf(issueOf(fault), prefix));
  const shown = errors.slice(0, 5).map((e) => `${e.pointer || "the body"}: ${e.detail}`);
  const more = errors.length > shown.length ? ` (and ${errors.length - shown.length} more)` : "";
  return new AppError("validation-failed", `${shown.join("; ")}${more}`, { errors });
}

const PREFIXES = new Map([
  ["querystring", "/query"],
  ["headers", "/headers"],
  ["params", "/params"],
]);

/** The fields of a zod issue that are used here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** In `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** In `invalid_union`: the issues of each branch. */
  readonly errors?: readonly (readonly Issue[])[];
}

/** Undoes the type provider's form. The keys of the schemas contain no slash. */
const issueOf = (fault: ZodFastifySchemaValidationError): Issue => ({
  code: String(fault.keyword),
  path: fault.instancePath.split("/").filter((key) => key !== ""),
  message: fault.message ?? "is invalid",
  ...(fault.params as Pick<Issue, "keys" | "errors">),
});

function faultsOf(issue: Issue, prefix: string): FieldError[] {
  const pointer = prefix + issue.path.map((key) => `/${escapePointer(String(key))}`).join("");
  if (issue.code === "unrecognized_keys" && issue.keys) {
    return issue.keys.slice(0, MOST_FAULTS).map((key) => ({
      pointer: `${pointer}/${escapePointer(key)}`,
      detail: "There is no such field",
    }));
  }
  const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors ?? []) : undefined;
  if (branch) return branch.flatMap((inner) => faultsOf(inner, pointer));
  return [{ pointer, detail: issue.message }];
}

/** The branch of a union that the value matches best: its faults are the ones to correct. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const reach = (issues: readonly Issue[]) =>
    Math.max(...issues.map((i) => 2 * i.path.length + (i.code === "invalid_type" ? 0 : 1)));
  return branches
    .filter((issues) => issues.length > 0)
    .sort((a, b) => reach(b) - reach(a))
    .at(0);
}

/** RFC 6901. */
const escapePointer = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
