import { AppError, type ErrorCode, type FieldError } from "@winnow/contracts";
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

/** `/v1/<noun>/:id` -> the code of a thing that is not there. */
const NOT_FOUND = new Map<string, { code: ErrorCode; what: string }>([
  ["jobs", { code: "job-not-found", what: "job" }],
  ["datasets", { code: "dataset-not-found", what: "dataset" }],
  ["cross-validations", { code: "cross-validation-not-found", what: "cross-validation" }],
  ["uploads", { code: "upload-not-found", what: "upload" }],
  ["prunings", { code: "pruning-not-found", what: "pruning" }],
  ["webhooks", { code: "webhook-not-found", what: "webhook" }],
]);

/**
 * The schemas' faults, each with a JSON pointer: bare for the body, else below /query or /headers.
 * An id in the path that is no id names nothing, so that is a 404.
 */
export function validationProblem(error: ValidationError, request: FastifyRequest): AppError {
  if (error.validationContext === "params") {
    const missing = NOT_FOUND.get(request.routeOptions.url?.split("/")[2] ?? "");
    const { id } = request.params as { id?: string };
    if (missing) return new AppError(missing.code, `No ${missing.what} has the id ${id}.`);
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

/** A zod issue, as far as it is looked into here. */
interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Of `invalid_union`: each branch's issues. */
  readonly errors?: readonly (readonly Issue[])[];
}

/** Back from the type provider's form; the schemas' own keys hold no slash. */
const issueOf = (fault: ZodFastifySchemaValidationError): Issue => ({
  code: String(fault.keyword),
  path: fault.instancePath.split("/").filter((key) => key !== ""),
  message: fault.message ?? "does not fit",
  ...(fault.params as Pick<Issue, "keys" | "errors">),
});

function faultsOf(issue: Issue, prefix: string): FieldError[] {
  const pointer = prefix + issue.path.map((key) => `/${escapePointer(String(key))}`).join("");
  if (issue.code === "unrecognized_keys" && issue.keys) {
    return issue.keys.map((key) => ({
      pointer: `${pointer}/${escapePointer(key)}`,
      detail: "There is no such field",
    }));
  }
  const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors ?? []) : undefined;
  if (branch) return branch.flatMap((inner) => faultsOf(inner, pointer));
  return [{ pointer, detail: issue.message }];
}

/** The branch of a union that the value came furthest in: its faults are the ones to mend. */
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
