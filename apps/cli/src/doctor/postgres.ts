import { tlsFault } from "@winnow/contracts";
import { type DatabaseFacts, type DatabaseUrls, inspectDatabase, schemaFault } from "@winnow/store";
import { explainedDatabaseError } from "../database/database-errors.js";
import { duration } from "../terminal/text.js";
import { type Finding, ok, problem, problemOf, warning, whyNot } from "./finding.js";

const OLDEST = 12;
const NEWEST_TESTED = 18;
const CLOCKS_APART_MS = 5_000;
/** What an API and a worker with all roles on four cores open. */
const CONNECTIONS_WANTED = 50;

/** What the service needs of Postgres, a finding each; one alone where it cannot be reached. */
export async function checkPostgres(urls: DatabaseUrls): Promise<Finding[]> {
  let facts: DatabaseFacts;
  try {
    facts = await inspectDatabase(urls);
  } catch (error) {
    const insecure = tlsFault(error, { name: "Postgres", setting: "DATABASE_URL" });
    if (insecure !== null) return [problemOf("postgres", insecure)];
    const why = whyNot(explainedDatabaseError(urls.directDatabaseUrl ?? urls.databaseUrl, error));
    return [
      problem(
        "postgres",
        why.replace(/\. Is Postgres.*$/, ""),
        "start it, or correct DATABASE_URL",
      ),
    ];
  }
  return CHECKS.map((check) => check(facts));
}

const CHECKS: readonly ((facts: DatabaseFacts) => Finding)[] = [
  function checkVersion({ version, majorVersion, name }) {
    const found = `${version}, database ${name}`;
    if (majorVersion < OLDEST) return problem("postgres", found, `use Postgres ${OLDEST} or newer`);
    if (majorVersion > NEWEST_TESTED) {
      const fix = `Postgres ${OLDEST} to ${NEWEST_TESTED} are tested`;
      return warning("postgres", `${found}, newer than any that was tested`, fix);
    }
    return ok("postgres", found);
  },
  function checkPooling({ isPooled, faults }) {
    const fault = faults.find(({ about }) => about === "pooler");
    if (fault) return problemOf("pooler", fault.sentence);
    return ok("pooler", isPooled ? "sessions go past it" : "none, or one that lends sessions");
  },
  function checkEncoding({ encoding }) {
    if (encoding === "UTF8") return ok("encoding", encoding);
    const fix = "create a database with ENCODING 'UTF8' TEMPLATE template0";
    return problem("encoding", `${encoding}, which cannot hold every text`, fix);
  },
  function checkSchema({ schema, mayCreate, role, name, schemaVersion }) {
    if (schema === null) {
      return problem(
        "schema",
        `the database ${name} has no schema public`,
        "make one, or use another database",
      );
    }
    // A role that only serves needs none; its owner migrates.
    const isMigrated = schemaVersion.missing.length === 0;
    if (mayCreate || isMigrated) return ok("schema", schema);
    const fix = `GRANT CREATE ON DATABASE "${name}" TO "${role}"; GRANT CREATE ON SCHEMA public TO "${role}"`;
    return problem("schema", `the role ${role} may create nothing`, fix);
  },
  function checkMigrations({ schemaVersion }) {
    const fault = schemaFault(schemaVersion);
    return fault === null ? ok("migrations", "all applied") : problemOf("migrations", fault);
  },
  function checkTime({ aheadMs }) {
    if (Math.abs(aheadMs) > CLOCKS_APART_MS) {
      const apart = duration(Math.abs(aheadMs));
      return warning("time", `the server's clock differs by ${apart}`, "set both clocks by NTP");
    }
    return ok("time", "clocks agree");
  },
  function checkSessions({ faults }) {
    const found = faults.filter(({ about }) => about === "sessions");
    if (found.length === 0) return ok("sessions", "Winnow sets what it depends on");
    return problemOf("sessions", found.map(({ sentence }) => sentence).join(" "));
  },
  function checkWrites({ readOnly }) {
    if (readOnly === null) return ok("writes", "allowed");
    return readOnly === "standby"
      ? problem("writes", "a standby, which takes none", "name its primary in DATABASE_URL")
      : problem(
          "writes",
          "default_transaction_read_only is on",
          "set it to off for the role, the database or the server",
        );
  },
  function checkLocks({ migrating, waiting, tables, locks }) {
    if (migrating !== null) {
      const who = `process ${migrating.pid} (${migrating.application || "unnamed"})`;
      const fix = "wait for it, or end that session";
      return warning("locks", `${who} holds the migrations' lock`, fix);
    }
    if (waiting > 0) {
      return warning(
        "locks",
        `${waiting} sessions wait for a lock`,
        "end the session that holds it",
      );
    }
    // A backup locks every table and index at once.
    if (tables > locks * 0.8) {
      const fix = "raise max_locks_per_transaction (256 or more)";
      return warning("locks", `room for ${locks}, and ${tables} tables and indexes`, fix);
    }
    return ok("locks", `room for ${locks}, none in the way`);
  },
  function checkConnections({ connections: { used, max } }) {
    const found = `${used} of ${max} in use`;
    return max - used < CONNECTIONS_WANTED
      ? warning("connections", found, "raise max_connections; an API opens 20, a worker 3 a task")
      : ok("connections", found);
  },
];
