import { STATUS_CODES } from "node:http";
import { ERROR_CODES, ERRORS, type ErrorCode, problemType, WARNINGS } from "@winnow/contracts";
import { code, table } from "./markdown.js";

/** A section for each code of the catalogue, and the codes of warnings. */
export function errorsPage(): string[] {
  return [
    "# Errors",
    "",
    "Every error is `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). A failed job has the same",
    "object in `error`. `code` is stable, the texts may change. `detail` describes the specific case, `errors` names each wrong field",
    "by its JSON pointer, and `requestId` finds the log lines. `type` is a page of the service itself, such as",
    `\`${problemType("validation-failed")}\`. Where \`retryable\` is true, the same request can succeed later.`,
    "",
    ...table(
      ["code", "status", "retryable", "meaning"],
      ERROR_CODES.map((name) => {
        const { status, retryable, title } = ERRORS[name];
        return [`[\`${name}\`](#${name})`, String(status), retryable ? "yes" : "no", title];
      }),
    ),
    "",
    ...ERROR_CODES.flatMap(sectionOf),
    "## Warnings",
    "",
    "Datasets, cross-validations, prunings and previews have `warnings`: what is no error, but should be known. `code` is stable,",
    "`message` has the figures and what to do.",
    "",
    ...table(
      ["code", "about"],
      Object.entries(WARNINGS).map(([name, about]) => [code(name), about]),
    ),
  ];
}

function sectionOf(name: ErrorCode): string[] {
  const { status, retryable, title, cause, fix } = ERRORS[name];
  return [
    `## ${name}`,
    "",
    `**${title}.** HTTP ${status} ${STATUS_CODES[status]}, ${code(`retryable: ${retryable}`)}.`,
    "",
    cause,
    "",
    `**Fix:** ${fix}`,
    "",
  ];
}
