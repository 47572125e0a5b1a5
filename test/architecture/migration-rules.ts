/** A migration as its folder has it. */
export interface MigrationText {
  readonly name: string;
  readonly sql: string;
}

/** The first that has to say which programs work with it. */
export const FIRST = "20261207090000_rolling_upgrades";

const MARK = /"older_programs"\s*=\s*"older_programs"\s*\|\|\s*'(\{[^']*\})'/;
/** Instead of the mark, where no older program may go on. */
const STOPS = /^-- Older programs stop: \S/m;

/**
 * What would break programs of the release before this migration, or is not said of them; nothing: they may go
 * on. `names` are those of all migrations.
 */
export function rollingFaults({ name, sql }: MigrationText, names: readonly string[]): string[] {
  if (name < FIRST) return [];
  const breaking = breakingChanges(sql);
  const mark = MARK.exec(sql)?.[1];
  if (mark === undefined) {
    if (STOPS.test(sql)) return [];
    return [
      `says nothing of older programs: end with UPDATE "deployment" SET "older_programs" = "older_programs" || '{"${name}": ""}', or begin with "-- Older programs stop: " and the reason`,
    ];
  }
  const entries = Object.entries(JSON.parse(mark) as Record<string, string>);
  const from = entries[0]?.[1];
  if (entries.length !== 1 || entries[0]?.[0] !== name || from === undefined) {
    return [`its mark must name itself, and nothing else: {"${name}": ""}`];
  }
  if (from !== "" && !(from < name && names.includes(from))) {
    return [`its mark names ${from}, which is no earlier migration`];
  }
  // With an earlier migration named, only programs that no longer use it go on.
  return from === "" ? breaking.map((what) => `${what}, and lets every older program go on`) : [];
}

/** Statements that fail, or change the answers of, a program which does not know them. */
export function breakingChanges(sql: string): string[] {
  const statements = withoutBodies(sql).split(";");
  const created = tablesCreated(statements);
  const found: string[] = [];
  for (const text of statements.map((statement) => statement.replaceAll(/\s+/g, " ").trim())) {
    const drop = /^DROP (TABLE|VIEW|MATERIALIZED VIEW|FUNCTION|SEQUENCE|TYPE|SCHEMA)\b/i.exec(text);
    if (drop) found.push(`drops a ${drop[1]?.toLowerCase()}`);
    if (/^DROP INDEX .*_key\b/i.test(text)) found.push("drops a unique index");
    if (/^(TRUNCATE|REVOKE)\b/i.test(text)) found.push(`runs ${text.split(" ")[0]}`);
    const unique = /^CREATE UNIQUE INDEX .* ON (\S+?) ?\(([^)]*)\)/i.exec(text);
    if (unique && !created.has(bare(unique[1]!))) {
      const added = columnsAdded(statements, bare(unique[1]!));
      const columns = unique[2]!.split(",").map(bare);
      if (!columns.some((column) => added.has(column))) found.push("makes old columns unique");
    }
    const table = /^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\S+) (.*)$/i.exec(text);
    if (table && !created.has(bare(table[1]!))) found.push(...ofTable(table[2]!));
    if (/^ALTER (VIEW|FUNCTION|SEQUENCE|INDEX|TYPE|SCHEMA) .*\bRENAME\b/i.test(text)) {
      found.push("renames something");
    }
  }
  return found;
}

/** Of the clauses of one ALTER TABLE. */
function ofTable(clauses: string): string[] {
  return clausesOf(clauses).flatMap((clause) => {
    if (/^RENAME\b/i.test(clause)) return ["renames a column or table"];
    if (/^DROP (?!CONSTRAINT\b)/i.test(clause)) return ["drops a column"];
    if (/^ALTER (COLUMN )?\S+ (SET DATA )?TYPE\b/i.test(clause)) return ["changes a column's type"];
    if (/^ALTER (COLUMN )?\S+ SET NOT NULL\b/i.test(clause)) return ["makes a column NOT NULL"];
    if (/^ALTER (COLUMN )?\S+ DROP NOT NULL\b/i.test(clause)) return ["lets a column be null"];
    if (/^ALTER (COLUMN )?\S+ DROP DEFAULT\b/i.test(clause)) return ["drops a default"];
    if (/^ADD (CONSTRAINT \S+ )?CHECK\b/i.test(clause)) return ["adds a check to an old table"];
    const adds = /^ADD (?!CONSTRAINT\b|PRIMARY\b|UNIQUE\b|FOREIGN\b)/i.test(clause);
    const isFree = /\bDEFAULT\b|\bGENERATED\b|\b(BIG|SMALL)?SERIAL\b/i.test(clause);
    if (adds && /\bNOT NULL\b/i.test(clause) && !isFree) {
      return ["adds a column that is NOT NULL and has no default"];
    }
    return [];
  });
}

/** At the commas outside of parentheses. */
function clausesOf(text: string): string[] {
  const clauses = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) clauses.push("");
    else clauses[clauses.length - 1] += character;
  }
  return clauses.map((clause) => clause.trim());
}

function tablesCreated(statements: readonly string[]): Set<string> {
  const names = statements.map(
    (text) => /^\s*CREATE TABLE (?:IF NOT EXISTS )?([^\s(]+)/i.exec(text)?.[1],
  );
  return new Set(names.filter((name) => name !== undefined).map(bare));
}

function columnsAdded(statements: readonly string[], table: string): Set<string> {
  const added = statements.flatMap((text) => {
    const altered = /^\s*ALTER TABLE (\S+)\s+([\s\S]*)$/i.exec(text);
    if (!altered || bare(altered[1]!) !== table) return [];
    return clausesOf(altered[2]!).map(
      (clause) => /^ADD (?:COLUMN )?\s*(?:IF NOT EXISTS )?(\S+)/i.exec(clause)?.[1] ?? "",
    );
  });
  return new Set(added.map(bare));
}

/** A name without its schema and quotes, and an index's column without its order. */
const bare = (name: string): string =>
  name.trim().split(" ")[0]!.split(".").at(-1)!.replaceAll('"', "").toLowerCase();

/** Without comments, bodies of functions and texts: what a statement does to the schema stands outside of them. */
const withoutBodies = (sql: string): string =>
  sql
    .replaceAll(/--.*$/gm, "")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replaceAll(/'(?:[^']|'')*'/g, "''");
