import { readFileSync } from "node:fs";
import { join } from "node:path";
import { JOB_TRANSITIONS, TASK_TRANSITIONS } from "@winnow/contracts";
import { expect, it } from "vitest";
import { root } from "./source-files.js";

const page = readFileSync(join(root, "docs/explanation/states.md"), "utf8");

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

it("the page draws every transition of a job and no other", () => {
  expect(drawn("Job")).toEqual(declared(JOB_TRANSITIONS));
});

it("the page draws every transition of a task and no other", () => {
  expect(drawn("Task")).toEqual(declared(TASK_TRANSITIONS));
});
