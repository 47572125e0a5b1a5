import { parseSync, Visitor } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { readPackages, type SourceFile } from "./source-files.js";

// The store is closed: everything else asks it through named functions. docs/explanation/adr/0008-prisma-and-pg.md

/** The beginning of a statement, or a name of Postgres' own catalogs and functions. */
const SQL = [
  /^\s*SELECT\s[\s\S]*\bFROM\b/,
  /^\s*SELECT\s+(\d|\w+\()/,
  /^\s*INSERT INTO\s/,
  /^\s*UPDATE\s+\S+\s[\s\S]*\bSET\s/,
  /^\s*DELETE FROM\s/,
  /^\s*WITH\s+\w+\s+AS\b/,
  /^\s*(CREATE|ALTER|DROP|TRUNCATE|LOCK|COPY)\s+(TABLE|INDEX|FUNCTION|SCHEMA|\()/,
  /^\s*SET (LOCAL )?\w+ (=|TO) /,
  /^\s*(BEGIN|COMMIT|ROLLBACK)\s*;?\s*$/,
  /\bpg_[a-z]+(_[a-z]+)*\b/,
  /\b(ctid|hashtextextended|relfilenode)\b/,
];

/** Where a file speaks SQL, or reaches for the connections of a store. */
function faultsOf({ path, text }: Pick<SourceFile, "path" | "text">): string[] {
  const faults: string[] = [];
  const at = (start: number, what: string) => {
    faults.push(`${path}:${text.slice(0, start).split("\n").length} ${what}`);
  };
  const look = (start: number, literal: string) => {
    if (SQL.some((pattern) => pattern.test(literal))) at(start, `has SQL: ${literal.trim()}`);
  };
  const named = (node: { type: string; name?: unknown; property?: { name?: unknown } }) =>
    node.type === "MemberExpression" ? node.property?.name : node.name;
  const isConnection = (name: unknown) => name === "pool" || name === "prisma";
  new Visitor({
    Literal({ start, value }) {
      if (typeof value === "string") look(start, value);
    },
    TemplateLiteral({ start, quasis }) {
      look(start, quasis.map(({ value }) => value.cooked ?? "").join("$"));
    },
    MemberExpression(node) {
      if (!isConnection(named(node as never)) || named(node.object as never) !== "store") return;
      at(node.start, `takes ${text.slice(node.start, node.end)}`);
    },
    // Whatever the statement is written like; a request's `query` is no function.
    CallExpression({ start, callee }) {
      if (callee.type === "MemberExpression" && named(callee as never) === "query") {
        at(start, "runs a query");
      }
    },
    VariableDeclarator({ id, init, start, end }) {
      if (id.type !== "ObjectPattern" || !init || named(init as never) !== "store") return;
      if (id.properties.some((p) => p.type === "Property" && isConnection(named(p.key as never)))) {
        at(start, `takes ${text.slice(start, end)}`);
      }
    },
  }).visit(parseSync(path, text).program);
  return faults;
}

const packages = readPackages();
const files = packages
  .filter(({ path }) => path !== "packages/store")
  .flatMap(({ files }) => files);

it("nothing outside packages/store speaks SQL or takes a store's connections", () => {
  // local-services asks its own server whether it answers.
  const others = files.filter(
    ({ path }) => path !== "packages/local-services/src/servers/postgres.ts",
  );
  expect(others.flatMap(faultsOf)).toEqual([]);
});

it("only tests and benchmarks import @winnow/store/testing", () => {
  const strays = files.filter(({ imports }) =>
    imports.some((specifier) => specifier.startsWith("@winnow/store/")),
  );
  expect(strays.map(({ path }) => path)).toEqual([]);
});

it("every advisory lock is taken through the registry of their classes", () => {
  const takers = packages
    .flatMap(({ files }) => files)
    .filter(({ text }) => /pg_\w*advisory/.test(text));
  expect(takers.map(({ path }) => path)).toEqual(["packages/store/src/database/advisory-locks.ts"]);
});

describe("the check", () => {
  const faults = (text: string) => faultsOf({ path: "apps/api/src/a.ts", text });

  it.each([
    'const text = "SELECT id FROM jobs";',
    "const text = `\n  SELECT j.id, $" + "{columns}\n  FROM jobs j`;",
    'const text = "SELECT 1";',
    'const text = "SELECT pg_notify($1, $2)";',
    'const text = "INSERT INTO jobs (id) VALUES ($1)";',
    "const text = `UPDATE jobs SET state = $" + "{to}`;",
    "const text = `UPDATE $" + "{table} SET a = 1`;",
    'const text = "DELETE FROM jobs";',
    'const text = "WITH due AS (SELECT 1) SELECT * FROM due";',
    'const text = "TRUNCATE TABLE jobs";',
    'const text = "BEGIN";',
    'tx.query("select count(*) from jobs")',
    'const call = "pg_try_advisory_lock";',
    'const order = "ORDER BY ctid";',
    "store.pool.query(text)",
    "deps.store.prisma.job.findMany()",
    "const { pool } = options.store;",
  ])("sees %j", (text) => {
    expect(faults(text)).not.toEqual([]);
  });

  it.each([
    'say("select a file from the list", "Select one from these", "Update the page")',
    'say("Delete from the list what is not needed; update your settings")',
    "const pool = params.pool; fetch(member.pool)",
    'run("set", "with", "drop the table here", request.query)',
  ])("lets %j pass", (text) => {
    expect(faults(text)).toEqual([]);
  });
});
