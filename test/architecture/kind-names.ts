import { parseSync } from "oxc-parser";

/** Where a word that is also a kind of job means something else. */
const OTHER_MEANINGS: readonly RegExp[] = [
  // An id's prefix, a resource, a source of soft targets, a phase of a job, a word of a message.
  /\b(newId|id)\("pruning"\)/g,
  /\bmakes: "pruning"/g,
  /\btype JobResource = [^;]+;/g,
  /\b(type\b\W{0,12}|z\.literal\()"pruning"/g,
  /\bphase: "pruning"/g,
  /\bconst DERIVING: [^;]+;/g,
  /\bnoun: "pruning"/g,
];

/** The tables that have a line for each kind. */
export const KIND_TABLES: readonly string[] = [
  "packages/contracts/src/jobs/table.ts",
  "packages/store/src/requests/creators.ts",
  "apps/worker/src/handlers/registry.ts",
  "apps/api/src/job-kinds/table.ts",
];

const pascalCase = (kind: string): string =>
  kind.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Whether the source names the kind: in a literal, in SQL, in a path, or by its route. */
export function namesKind(path: string, text: string, kind: string): boolean {
  let code = text;
  for (const { start, end } of parseSync(path, text).comments) {
    code = code.slice(0, start) + " ".repeat(end - start) + code.slice(end);
  }
  for (const meaning of OTHER_MEANINGS) code = code.replace(meaning, "");
  const literal = new RegExp(`["'\`]${kind}["'\`]|/v1/jobs/${kind}\\b`);
  return literal.test(code) || new RegExp(`\\bcreate${pascalCase(kind)}\\b`).test(code);
}

/** Files that name a kind without having to: its own, a package's entry point, its commands and pages. */
export const mayNameKind = (path: string, kind: string): boolean =>
  path.endsWith(`/${kind}.ts`) ||
  path.endsWith(`/create-${kind}.ts`) ||
  /^(packages|apps)\/\w+\/src\/index\.ts$/.test(path) ||
  path.startsWith("apps/cli/src/") ||
  path.startsWith("apps/web/src/");
