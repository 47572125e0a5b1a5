import { JOB_KINDS } from "@winnow/contracts";
import { expect, it } from "vitest";
import { KIND_TABLES, mayNameKind, namesKind } from "./kind-names.js";
import { readPackages } from "./source-files.js";

const files = readPackages().flatMap(({ files }) => files);

it.each(JOB_KINDS)("%s is named in its own files and the four tables, and nowhere else", (kind) => {
  const strays = files
    .filter(({ path, text }) => !mayNameKind(path, kind) && namesKind(path, text, kind))
    .map(({ path }) => path)
    .filter((path) => !KIND_TABLES.includes(path));
  expect(strays).toEqual([]);
});

it.each(JOB_KINDS)("%s has a file of its own beside each table", (kind) => {
  for (const folder of ["contracts/src/jobs", "worker/src/handlers", "api/src/job-kinds"]) {
    const own = files.filter(({ path }) => path.endsWith(`${folder}/${kind}.ts`));
    expect(own, folder).toHaveLength(1);
  }
  expect(files.filter(({ path }) => path.endsWith(`/create-${kind}.ts`))).toHaveLength(1);
});

it("the tables are there", () => {
  for (const table of KIND_TABLES) expect(files.map(({ path }) => path)).toContain(table);
});

it.each([
  'if (claim.kind === "fold-training") return;',
  "const sql = `SELECT 1 FROM jobs WHERE kind = 'fold-training'`;",
  'const names = { "fold-training": 1 };',
  'await fetch("/v1/jobs/fold-training?validateOnly=true");',
  'client.call("createFoldTraining", {});',
])("the scan finds a kind in %s", (text) => {
  expect(namesKind("a.ts", text, "fold-training")).toBe(true);
});

it("the scan finds the kind pruning, and not what has the same name", () => {
  const finds = (text: string) => namesKind("a.ts", text, "pruning");
  expect(finds('const job = { kind: "pruning" };')).toBe(true);
  expect(finds("const sql = `UPDATE jobs SET seed = 1 WHERE kind <> 'pruning'`;")).toBe(true);
  expect(finds('// what "pruning" does')).toBe(false);
  expect(finds('const id = newId("pruning");')).toBe(false);
  expect(finds('if (source.type === "pruning") return;')).toBe(false);
});
