import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { API_SETTINGS } from "@winnow/api";
import { CLI_SETTINGS, createProgram } from "@winnow/cli";
import { describeSettings, ROUTES } from "@winnow/contracts";
import { WORKER_SETTINGS } from "@winnow/worker";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { root } from "../architecture/source-files.js";
import { codeLines, namedIn } from "./page-code.js";

// What the pages name has to exist: npm scripts, commands with their options, variables, routes,
// files, Compose services and systemd units. This holds the blocks that no test can run, and the
// code in the running text.

const pages = ["README.md", ...globSync("docs/{how-to,explanation}/*.md", { cwd: root })];
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Read by Compose, Node, the linker and NVIDIA's driver. */
const OTHERS_VARIABLES = [
  "POSTGRES_PASSWORD",
  "POSTGRES_APP_PASSWORD",
  "BACKUP_NAME",
  "REDIS_PASSWORD",
  "NODE_EXTRA_CA_CERTS",
  "LD_LIBRARY_PATH",
  "CUDA_CACHE_PATH",
  "TF_DETERMINISTIC_OPS",
  "XDG_CONFIG_HOME",
];
const variables = new Set([
  ...[API_SETTINGS, WORKER_SETTINGS, CLI_SETTINGS].flatMap(({ shape }) => Object.keys(shape)),
  ...OTHERS_VARIABLES,
]);
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000 };
const defaults = new Map(
  [API_SETTINGS, WORKER_SETTINGS, CLI_SETTINGS]
    .flatMap(describeSettings)
    .map(({ name, default: fallback }) => [name, Number(fallback)]),
);
const program = createProgram();
const scripts = new Set(Object.keys(JSON.parse(read("package.json")).scripts));
const services = Object.keys(parse(read("docker-compose.yml"), { merge: true }).services);
const units = readdirSync(join(root, "infra/systemd"));
/** Beside the routes of the contract: its own document, and pages. */
const PAGES_OF_API = ["/openapi.json", "/docs", "/errors", "/admin/queues"];

describe.each(pages)("%s", (page) => {
  const lines = codeLines(page);
  const named = (pattern: RegExp) => namedIn(lines, pattern);

  it("names npm scripts that package.json has", () => {
    expect(named(/\bnpm run (?:-s )?([\w:-]+)/g).filter((name) => !scripts.has(name))).toEqual([]);
  });

  it("names commands and options that winnow has", () => {
    const commands = named(
      /(?:^|\s)(?:winnow|winnow --|apps\/cli\/dist\/main\.js) ([a-z][^|>)#;]*)/g,
    );
    expect(commands.flatMap(unknownWords)).toEqual([]);
  });

  it("names variables that a program reads", () => {
    const ofShell = new Set(named(/\$(\w+)/g));
    const wrong = named(/\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b(?!\*)/g).filter(
      (name) => !variables.has(name) && !ofShell.has(name),
    );
    expect(wrong).toEqual([]);
  });

  it("gives settings the defaults that they have", () => {
    const wrong = [...read(page).matchAll(/`([A-Z][A-Z0-9_]+_MS)` \((\d+) (ms|s|min)\)/g)].filter(
      ([, name = "", count, unit = ""]) => defaults.get(name) !== Number(count) * UNITS_MS[unit]!,
    );
    expect(wrong.map(([text]) => text)).toEqual([]);
  });

  it("names routes that the API has", () => {
    const paths = named(
      /(?:^|[\s"]|:8080|\$W)(\/(?:v1|healthz|readyz|metrics|docs|openapi|errors|admin)\b[^\s"]*)/g,
    );
    expect(paths.filter((path) => !isRoute(path))).toEqual([]);
  });

  it("names files of the repository that are there", () => {
    const files = named(
      /(?:^|[\s"'=])((?:infra|apps|packages|prisma|bench|docs|test)\/[\w./@-]+|docker-compose\.yml|\.env\.example)(?=$|[\s"'])/g,
    ).map((name) => name.replace(/^(\w+\/[\w-]+)\/dist\/(.*)\.js$/, "$1/src/$2.ts"));
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("names Compose services and systemd units that are there", () => {
    const compose = named(/docker compose .*?(?:--scale |run (?:--\w+ )*)(\w+)/g);
    expect(compose.filter((name) => !services.includes(name))).toEqual([]);
    const systemd = lines
      .filter((line) => /systemctl|journalctl|\.service/.test(line))
      .flatMap((line) => namedIn([line], /\b(winnow-\w+@?)/g));
    expect(systemd.filter((name) => !units.includes(`${name}.service`))).toEqual([]);
  });
});

/** The words after `winnow` that name no command, and the options that it does not have. */
function unknownWords(text: string): string[] {
  const [first = "", ...rest] = text.trim().split(/\s+/);
  const found = program.commands.find((one) => one.name() === first);
  if (found === undefined) return first === "help" ? [] : [first];
  let command: typeof program = found;
  const unknown: string[] = [];
  for (const word of rest) {
    const inner: typeof program | undefined = command.commands.find((one) => one.name() === word);
    if (inner !== undefined) command = inner;
    else if (/^--?\w/.test(word) && word !== "--help") {
      const flag = word.split("=")[0];
      const isKnown = command.options.some(({ long, short }) => long === flag || short === flag);
      if (!isKnown) unknown.push(`${command.name()} ${word}`);
    }
  }
  return unknown;
}

/** Whether a route begins as the path does; `$ID`, `$()`, `{id}` and `ID` stand for anything. */
function isRoute(path: string): boolean {
  const plain = path.replace(/[?#;].*$/, "");
  if (PAGES_OF_API.some((page) => plain === page || plain.startsWith(`${page}/`))) return true;
  const parts = plain.replaceAll(/\$\(\)|\$\w+|\{\w+\}|\bID\b/g, ":id").split("/");
  return Object.values(ROUTES).some(({ path: route }) => {
    const wanted = route.split("/");
    return parts.every(
      (part, i) => part === wanted[i] || (part === ":id" && /^:/.test(wanted[i]!)),
    );
  });
}
