#!/usr/bin/env node
/**
 * Stands in for Prisma's `schema-engine` program, which the Prisma CLI would fetch from the network:
 * the same engine compiled to WebAssembly (an npm package), over the pg adapter. The CLI starts it
 * through PRISMA_SCHEMA_ENGINE_BINARY and speaks JSON-RPC over stdio (`migrate ...`, `db ...`), or
 * calls `cli <command>` to create, drop or reach a database.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Resolved from the package that declares these packages.
const storeRequire = createRequire(new URL("../../packages/store/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(storeRequire.resolve(name)).href);
const { default: pg } = await load("pg");

// pg_type's numbers
const charOid = 18;
const textOid = 25;
const nameArrayOid = 1003;
const textArrayOid = 1009;

const args = process.argv.slice(2);
const datasource = optionValues("--datasource")[0];
const url = datasource === undefined ? undefined : JSON.parse(datasource).url;

async function main() {
  if (args.includes("--version")) {
    const { version } = await loadEngine();
    console.log(`schema-engine-cli ${version()}`);
  } else if (args.includes("cli")) {
    await runCommand(args[args.indexOf("cli") + 1]);
  } else {
    await serve();
  }
}

/** `cli create-database | drop-database | can-connect-to-database`: exit code 0, or 1 with the reason. */
async function runCommand(command) {
  const target = connectionOf(url);
  const name = pg.escapeIdentifier(target.database ?? "");
  try {
    if (command === "create-database") {
      await withClient({ ...target, database: "postgres" }, (c) =>
        c.query(`CREATE DATABASE ${name}`),
      );
    } else if (command === "drop-database") {
      await withClient({ ...target, database: "postgres" }, (c) =>
        c.query(`DROP DATABASE IF EXISTS ${name}`),
      );
    } else {
      await withClient(target, (c) => c.query("SELECT 1"));
    }
  } catch (error) {
    const { host, port, database } = target;
    const [code, message] = {
      "3D000": ["P1003", `Database \`${database}\` does not exist at \`${host}:${port}\`.`],
      ECONNREFUSED: ["P1001", `Can't reach database server at \`${host}:${port}\`.`],
      "28P01": ["P1000", `Authentication failed at \`${host}:${port}\` for \`${target.user}\`.`],
      "42P04": ["P1009", `Database \`${database}\` already exists at \`${host}:${port}\`.`],
    }[error.code] ?? ["P1010", error.message];
    tellFailure({ error_code: code, message, is_panic: false, meta: { database_name: database } });
    process.exitCode = 1;
  }
}

/** Answers JSON-RPC requests, a line each, until standard input closes. */
async function serve() {
  const send = (message) =>
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let engine;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    const { id, method, params } = JSON.parse(line);
    if (method === undefined) continue; // the CLI's answer to a `print` of ours
    try {
      engine ??= await openEngine(); // here: the CLI takes a program that just ends for success
      const result = await call(engine, method, params);
      // The program prints a diff itself, through the CLI; here the engine hands its text back.
      if (method === "diff" && result.stdout) {
        send({ id: id + 1_000_000, method: "print", params: { content: result.stdout } });
      }
      send({ id, result: result ?? {} });
    } catch (error) {
      const { message, code, meta } = error;
      const data = { is_panic: false, message, error_code: code, meta };
      send({ id, error: { code: 4466, message: "The request failed; `data` says why.", data } });
    }
  }
  process.exit(0); // pools may hold idle connections
}

/** Compiled to WebAssembly, two methods open no shadow database: they want the history's schema cached. */
async function call(engine, method, params) {
  if (method === "evaluateDataLoss" || method === "createMigration") {
    const { migrationsList, filters } = params;
    await engine.diagnoseMigrationHistory({ migrationsList, filters, optInToShadowDatabase: true });
  }
  return engine[method === "getDatabaseVersion" ? "version" : method](params);
}

async function openEngine() {
  const { SchemaEngine } = await loadEngine();
  const files = optionValues("--datamodels").map((path) => [path, readFileSync(path, "utf8")]);
  const ignoreLog = () => {};
  return SchemaEngine.new(
    { datamodels: files.length > 0 ? files : undefined },
    ignoreLog,
    await adapterFactory(),
  );
}

/** The engine. Its own entry imports `.wasm`, which Node 20 cannot: the module is instantiated by hand. */
async function loadEngine() {
  const file = storeRequire.resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bindings = await import(pathToFileURL(file).href);
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (message) => tellFailure({ message, is_panic: true }),
  };
  const { instance } = await WebAssembly.instantiate(readFileSync(file.replace(/\.js$/, ".wasm")), {
    "./schema_engine_bg.js": bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

async function adapterFactory() {
  const { PrismaPg } = await load("@prisma/adapter-pg");
  const utils = await load("@prisma/driver-adapter-utils");
  const schema = new URL(url).searchParams.get("schema") ?? undefined;
  const factory = new PrismaPg(
    { ...connectionOf(url), idleTimeoutMillis: 100 },
    schema === undefined ? {} : { schema },
  );
  for (const method of ["connect", "connectToShadowDb"]) {
    const connect = factory[method].bind(factory);
    factory[method] = async () => mendAdapter(await connect(), utils.ColumnTypeEnum);
  }
  return utils.bindMigrationAwareSqlAdapterFactory(factory);
}

/** Two things that the client's adapter leaves out, since only the schema engine needs them. */
function mendAdapter(adapter, columnTypes) {
  // Whole scripts: the adapter splits at every semicolon, also inside a function's body or a string.
  adapter.executeScript = async (script) => {
    await adapter
      .underlyingDriver()
      .query(script)
      .catch((error) => adapter.onError(error));
  };
  // The catalogue's "char" and name[]: read as text, and the former declared as a character again.
  const { performIO, queryRaw } = adapter;
  adapter.queryRaw = async (query) => {
    const charColumns = [];
    const reader = Object.create(adapter);
    reader.performIO = async (same) => {
      const result = await performIO.call(adapter, same);
      result.fields.forEach((field, column) => {
        if (field.dataTypeID === charOid) {
          charColumns.push(column);
          field.dataTypeID = textOid;
        } else if (field.dataTypeID === nameArrayOid) {
          field.dataTypeID = textArrayOid;
        }
      });
      return result;
    };
    const result = await queryRaw.call(reader, query);
    for (const column of charColumns) result.columnTypes[column] = columnTypes.Character;
    return result;
  };
  return adapter;
}

/** Discrete fields: a connection string would overrule the shadow database's name. */
function connectionOf(connectionString) {
  const { host, port, user, password, database, ssl } = new pg.Client({ connectionString });
  return { host, port, user, password, database, ssl };
}

async function withClient(connection, work) {
  const client = new pg.Client(connection);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The CLI leaves out the first line of standard error, parses each other one, and trips over an empty one. */
function tellFailure(fields) {
  const line = JSON.stringify({ level: "ERROR", target: "schema_engine::logger", fields });
  process.stderr.write(`schema-engine\n${line}`);
}

function optionValues(name) {
  return args.flatMap((arg, i) => (arg === name && args[i + 1] !== undefined ? [args[i + 1]] : []));
}

await main();
