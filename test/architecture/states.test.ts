import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CROSS_VALIDATION_TRANSITIONS,
  DATASET_TRANSITIONS,
  DELIVERY_TRANSITIONS,
  JOB_TRANSITIONS,
  PRUNING_TRANSITIONS,
  TASK_TRANSITIONS,
  WEBHOOK_TRANSITIONS,
} from "@winnow/contracts";
import { parseSync, Visitor } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { readPackages, root, type SourceFile } from "./source-files.js";

const page = readFileSync(join(root, "docs/explanation/states.md"), "utf8");

/** What has states: its heading on the page, its legal changes, its table, and the file that writes it. */
const STATES = [
  { heading: "Job", legal: JOB_TRANSITIONS, table: "jobs", file: "job-state.ts" },
  { heading: "Task", legal: TASK_TRANSITIONS, table: "tasks", file: "task-state.ts" },
  { heading: "Dataset", legal: DATASET_TRANSITIONS, table: "datasets", file: "dataset-state.ts" },
  {
    heading: "Cross-validation",
    legal: CROSS_VALIDATION_TRANSITIONS,
    table: "cross_validations",
    file: "cross-validation-state.ts",
  },
  { heading: "Pruning", legal: PRUNING_TRANSITIONS, table: "prunings", file: "pruning-state.ts" },
  { heading: "Webhook", legal: WEBHOOK_TRANSITIONS, table: "webhooks", file: "webhook-state.ts" },
  {
    heading: "Webhook delivery",
    legal: DELIVERY_TRANSITIONS,
    table: "webhook_deliveries",
    file: "delivery-state.ts",
  },
] as const;

/** `from --> to` lines of the diagram under a heading, sorted. */
function drawn(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\s+(\w+) --> (\w+)/gm)]
    .map(([, from, to]) => `${from} ${to}`)
    .sort();
}

const declared = (transitions: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(transitions)
    .flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`))
    .sort();

it.each(STATES)("the page draws every change of state of: $heading", ({ heading, legal }) => {
  expect(drawn(heading)).toEqual(declared(legal));
});

interface StateChange {
  readonly path: string;
  readonly table: string;
  /** The statement names the states it may start from by a parameter. */
  readonly isConditional: boolean;
}

/** The table of an UPDATE, what it sets, and the rest of the statement. */
const SET_CLAUSE =
  /\b(?:DO\s+UPDATE|UPDATE\s+(\S+)(?:\s+(?!SET\b)\w+)?)\s+SET\b([\s\S]*?)(?:\b(?=WHERE\b|FROM\b|RETURNING\b)|$)([\s\S]*)/g;

/** The statements of a file that assign a column `state`, and its writes through Prisma. */
function changesOf({ path, text }: Pick<SourceFile, "path" | "text">): StateChange[] {
  const changes: StateChange[] = [];
  const read = (sql: string) => {
    for (const [, table = "on conflict", set = "", rest = ""] of sql.matchAll(SET_CLAUSE)) {
      if (!/(^|,)\s*state\s*=/.test(set)) continue;
      changes.push({ path, table, isConditional: /\bstate = ANY\(\$\d+/.test(rest) });
    }
  };
  new Visitor({
    Literal({ value }) {
      if (typeof value === "string") read(value);
    },
    TemplateLiteral({ quasis }) {
      read(quasis.map(({ value }) => value.cooked ?? "").join("$0"));
    },
    CallExpression({ callee, start, end }) {
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      if (!/^(create|update|upsert)(Many)?(AndReturn)?$/.test(callee.property.name)) return;
      if (!/\bprisma/i.test(text.slice(callee.start, callee.end))) return;
      if (!/\bstate\s*[:,}]/.test(text.slice(start, end))) return;
      changes.push({ path, table: "Prisma", isConditional: false });
    },
  }).visit(parseSync(path, text).program);
  return changes;
}

describe("a state changes", () => {
  const files = readPackages()
    .filter(({ path }) => path === "packages/store")
    .flatMap(({ files }) => files);
  const changes = files.flatMap(changesOf);

  it("in one file per table, and nowhere else", () => {
    const expected = STATES.map(({ table, file }) => `${table} packages/store/src/states/${file}`);
    const found = new Set(changes.map(({ table, path }) => `${table} ${path}`));
    expect([...found].sort()).toEqual(expected.sort());
  });

  it("only from the states that the statement names", () => {
    expect(changes.filter(({ isConditional }) => !isConditional)).toEqual([]);
  });

  it.each([
    ["db.query(`UPDATE jobs j SET phase = NULL, state = 'failed' WHERE id = $1`)", false],
    ["db.query(`UPDATE jobs SET state = $2 WHERE id = $1 AND state = ANY($3::text[])`)", true],
    ['tx.query("INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET state = 1")', false],
    ["prismaOf(store).job.update({ where: { id }, data: { state } })", false],
    ["prisma.job.updateMany({ data: { state: 'failed' } })", false],
  ])("as the test sees in %s", (text, isConditional) => {
    expect(changesOf({ path: "a.ts", text })).toMatchObject([{ isConditional }]);
  });

  it.each([
    "db.query(`UPDATE jobs SET phase = NULL WHERE state = 'failed'`)",
    "db.query(`UPDATE jobs SET a = s.a FROM (SELECT a, state = 1 FROM b) s`)",
    "db.query(`UPDATE tasks t SET a = CASE WHEN state = 'queued' THEN 1 END`)",
    "prisma.job.findMany({ where: { state: 'failed' } })",
  ])("but not in %s", (text) => {
    expect(changesOf({ path: "a.ts", text })).toEqual([]);
  });
});
