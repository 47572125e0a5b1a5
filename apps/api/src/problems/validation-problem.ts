import {
  AppError,
  type FieldError,
  type MissingCode,
  MOST_FAULTS,
  missingCode,
} from "@winnow/contracts";
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

/** What is missing, by its code: a compiler's error for one without words. */
const MISSING: Readonly<Record<MissingCode, string>> = {
  "job-not-found": "job has the id",
  "dataset-not-found": "dataset has the id",
  "cross-validation-not-found": "cross-validation has the id",
  "upload-not-found": "upload has the id",
  "pruning-not-found": "pruning has the id",
  "experiment-not-found": "experiment has the id",
  "review-sample-not-found": "sample has the id",
  "webhook-not-found": "webhook has the id",
  "webhook-delivery-not-found": "delivery has the id",
  "model-not-found": "model has the fold or file",
};

/**
 * The faults that the schemas found, each with a JSON pointer: into the body, or below /query or
 * /headers. An invalid id in the path names nothing, so it is a 404.
 */
export function validationProblem(error: ValidationError, request: FastifyRequest): AppError {
  if (error.validationContext === "params") {
    const wrong = error.validation[0]?.instancePath.slice(1) ?? "id";
    const code = missingCode(request.routeOptions.url ?? "", wrong);
    const { [wrong]: id } = request.params as Record<string, string>;
    if (code) return new AppError(code, `No ${MISSING[code]} ${id}.`);
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
