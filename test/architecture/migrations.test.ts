import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { breakingChanges, rollingFaults } from "./migration-rules.js";

const folder = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));
const migrations = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, "migration.sql"), "utf8") }));
const names = migrations.map(({ name }) => name);

it("a migration lets the programs of the release before go on, or says that they stop", () => {
  const faults = migrations.flatMap((migration) =>
    rollingFaults(migration, names).map((fault) => `${migration.name} ${fault}`),
  );
  expect(faults).toEqual([]);
});

describe("what older programs do not survive", () => {
  it.each([
    [`ALTER TABLE "jobs" DROP COLUMN "phase"`, "drops a column"],
    ["alter table public.jobs drop phase", "drops a column"],
    [`ALTER TABLE "jobs" ADD COLUMN "a" TEXT, DROP COLUMN IF EXISTS "phase"`, "drops a column"],
    [`ALTER TABLE "jobs" RENAME COLUMN "phase" TO "stage"`, "renames a column or table"],
    [`ALTER TABLE "jobs" RENAME TO "works"`, "renames a column or table"],
    [
      `ALTER TABLE "jobs" ADD COLUMN "a" TEXT NOT NULL`,
      "adds a column that is NOT NULL and has no default",
    ],
    [
      "ALTER TABLE jobs\n  ADD b NUMERIC(3, 1) DEFAULT 1 NOT NULL,\n  ADD a INTEGER NOT NULL",
      "adds a column that is NOT NULL and has no default",
    ],
    [`ALTER TABLE "jobs" ALTER COLUMN "phase" SET NOT NULL`, "makes a column NOT NULL"],
    [`ALTER TABLE "jobs" ALTER "kind" DROP NOT NULL`, "lets a column be null"],
    [`ALTER TABLE "jobs" ALTER COLUMN "kind" DROP DEFAULT`, "drops a default"],
    [`ALTER TABLE "jobs" ALTER COLUMN "kind" SET DATA TYPE INTEGER`, "changes a column's type"],
    [`ALTER TABLE "jobs" ADD CONSTRAINT "c" CHECK (attempt > 0)`, "adds a check to an old table"],
    [`CREATE UNIQUE INDEX "a" ON "jobs"("kind", "seed")`, "makes old columns unique"],
    [`DROP INDEX "tasks_job_id_kind_fold_key"`, "drops a unique index"],
    [`DROP TABLE "jobs"`, "drops a table"],
    ["DROP FUNCTION partitions.name_of(text, integer, integer)", "drops a function"],
    [`REVOKE SELECT ON "jobs" FROM winnow`, "runs REVOKE"],
  ])("%s", (sql, change) => {
    expect(breakingChanges(`-- A reason.\n${sql};`)).toEqual([change]);
  });

  it.each([
    [`ALTER TABLE "jobs" ADD COLUMN "a" TEXT, ADD COLUMN "b" INTEGER NOT NULL DEFAULT 0`],
    [
      `CREATE TABLE "a" ("id" TEXT NOT NULL); ALTER TABLE "a" ADD CONSTRAINT "c" CHECK ("id" <> '')`,
    ],
    [`CREATE TABLE "a" ("id" TEXT NOT NULL); CREATE UNIQUE INDEX "a_id_key" ON "a"("id")`],
    [`ALTER TABLE "runs" ADD COLUMN "of" TEXT; CREATE UNIQUE INDEX "k" ON "runs"("id", "of")`],
    [`CREATE INDEX "a" ON "jobs"("kind"); DROP INDEX "jobs_kind_idx"`],
    ["CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE a; END $$"],
    [`UPDATE "jobs" SET "phase" = 'DROP TABLE a; it''s gone'`],
    [`ALTER TABLE "jobs" DROP CONSTRAINT "c"`],
    ["-- DROP TABLE jobs;\n/* ALTER TABLE jobs DROP a; */ SELECT 1"],
  ])("but they do survive %s", (sql) => {
    expect(breakingChanges(sql)).toEqual([]);
  });
});

describe("what a migration says of older programs", () => {
  const NAME = "29990101000000_later";
  const mark = (json: string) =>
    `UPDATE "deployment" SET "older_programs" = "older_programs" || '${json}';`;
  const faults = (sql: string) => rollingFaults({ name: NAME, sql }, [...names, NAME]);
  const drop = `ALTER TABLE "jobs" DROP COLUMN "phase";`;

  it("nothing is a fault, which names what to write", () => {
    expect(faults("SELECT 1;")).toEqual([expect.stringContaining(`{"${NAME}": ""}`)]);
  });

  it("that all go on is one where a statement breaks them", () => {
    expect(faults(`SELECT 1; ${mark(`{"${NAME}": ""}`)}`)).toEqual([]);
    expect(faults(`${drop} ${mark(`{"${NAME}": ""}`)}`)).toEqual([
      "drops a column, and lets every older program go on",
    ]);
  });

  it("that those go on which know an earlier migration is none, if there is one of that name", () => {
    expect(faults(`${drop} ${mark(`{"${NAME}": "${names.at(-1)}"}`)}`)).toEqual([]);
    for (const from of ["20000101000000_none", NAME]) {
      expect(faults(`${drop} ${mark(`{"${NAME}": "${from}"}`)}`)).toHaveLength(1);
    }
    expect(faults(mark(`{"${names.at(-1)}": ""}`))).toHaveLength(1);
  });

  it("that they stop is none, with a reason", () => {
    expect(faults(`-- Older programs stop: they read the phase.\n${drop}`)).toEqual([]);
    expect(faults(`-- Older programs stop:\n${drop}`)).toHaveLength(1);
  });
});
