/**
 * Brings a fresh clone to the point where the programs run: packages installed, Prisma client
 * generated, TypeScript built, the page made. What is up to date is left alone, so a second run takes a second.
 * Uses nothing but Node: the packages may not be there yet.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const inRoot = (...parts) => join(root, ...parts);

/** A step that failed: the message is all a reader needs, no stack. */
export class PrepareError extends Error {
  /** For the process that prepares. */
  exitCode = 1;
}

/**
 * Installs, generates and builds what is missing. Each step that works for longer than `showAfterMs`
 * writes a line to `stream`; a look that finds nothing to do writes none, however slow the machine.
 * Throws PrepareError with the output of the command that failed.
 */
export async function prepare({ showAfterMs = 0, stream = process.stdout } = {}) {
  checkNode();
  const step = async (name, work) => {
    const startedAt = performance.now();
    let isShown = false;
    const show = () => {
      isShown = true;
      stream.write(`  ${name} ... `);
    };
    let timer;
    const begin = () => {
      timer ??= setTimeout(show, showAfterMs);
    };
    let outcome = "failed";
    try {
      await work(begin);
      outcome = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    } finally {
      clearTimeout(timer);
      if (isShown) stream.write(`${outcome}\n`);
    }
  };
  const stepNow = (name, work) =>
    step(name, (begin) => {
      begin();
      return work();
    });
  if (!isInstalled()) await stepNow("install packages", install);
  if (!isGenerated()) await stepNow("generate the database client", generate);
  await step("build", build);
  if (!areTypesWritten()) await stepNow("write the client's types", writeTypes);
  if (!isPageBuilt()) await stepNow("build the page", buildPage);
}

/** Runs a command in the root. Resolves to its output; rejects with it when the command fails. */
export function run(command, args, { env = {}, show = false, onOutput = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const pipe of [child.stdout, child.stderr]) {
      pipe?.setEncoding("utf8").on("data", (text) => {
        output += text;
        onOutput(text);
      });
    }
    child.once("error", (error) => reject(new PrepareError(`${command}: ${error.message}`)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        const error = new PrepareError(`${output}${command} ${args.join(" ")}: ${how}`);
        if (signal === "SIGINT" || code === 130) error.exitCode = 130;
        reject(error);
      }
    });
  });
}

/** The path of an installed package's program. */
export function bin(name) {
  return inRoot("node_modules", ".bin", name);
}

/** The oldest release of each line that the packages take, as `engines` in package.json says. */
const OLDEST_MINOR = { 20: 19, 22: 13 };

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major >= 24 || minor >= OLDEST_MINOR[major]) return;
  throw new PrepareError(
    `Winnow needs Node 20.19 or newer (of the 22 line: 22.13); this is ${process.versions.node}. Odd releases below 24 are not supported. Install one from https://nodejs.org.`,
  );
}

/** What node_modules was installed for: the lockfile's content and the platform. */
function installKey() {
  return `${sha256(readFileSync(inRoot("package-lock.json")))} ${process.platform}-${process.arch}`;
}

const installStamp = inRoot("node_modules", ".winnow-lock");

function isInstalled() {
  if (readIfThere(installStamp) === installKey()) return true;
  if (!agreesWithLock()) return false;
  writeStamp(installStamp, installKey());
  return true;
}

/** Saves the next run a check. A clone that this user cannot write to gets no stamp. */
function writeStamp(file, key) {
  try {
    writeFileSync(file, key);
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
  }
}

/** Whether npm's own record of what it installed says the same as the lockfile. */
function agreesWithLock() {
  const record = readIfThere(inRoot("node_modules", ".package-lock.json"));
  if (record === undefined) return false;
  const wanted = JSON.parse(readFileSync(inRoot("package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(record).packages;
  const entryOf = (path) => `${installed[path]?.version} ${installed[path]?.integrity}`;
  return Object.entries(wanted).every(([path, { version, integrity, optional, link }]) => {
    if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) return true; // our packages
    if (link) return existsSync(inRoot(path));
    // An optional package for another platform is rightly absent.
    return installed[path] === undefined ? optional : entryOf(path) === `${version} ${integrity}`;
  });
}

async function install() {
  // `npm run` sets which npm it is; otherwise the one on PATH.
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const ci = [...args, "ci", "--include=dev", "--include=optional", "--loglevel=error"];
  const output = await keepingCommand(() => run(command, ci));
  // Some releases of npm end well where they could not reach the registry.
  if (!agreesWithLock()) {
    throw new PrepareError(
      `${output}npm ci ended, but not all packages are there. Is the registry reachable? Try again.`,
    );
  }
  writeFileSync(installStamp, installKey());
}

/** The links by which npx finds the command; they are committed, and npm makes the same ones. */
const COMMAND_LINKS = [
  [inRoot("node_modules", "@winnow", "cli"), "../../apps/cli"],
  [inRoot("node_modules", ".bin", "winnow"), "../@winnow/cli/bin/winnow.mjs"],
];

/**
 * `npm ci` removes all of node_modules first. However it ends, also by Ctrl-C, the links are there
 * afterwards: without them the next `npx winnow` would find no command.
 */
async function keepingCommand(work) {
  // Ctrl-C reaches npm as well: its end is waited for.
  const wait = () => {};
  process.on("SIGINT", wait);
  try {
    return await work();
  } finally {
    process.off("SIGINT", wait);
    restoreCommand();
  }
}

function restoreCommand() {
  try {
    for (const [link, target] of COMMAND_LINKS) {
      if (lstatSync(link, { throwIfNoEntry: false })) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
    }
  } catch {
    // In somebody else's clone; what npm said is the reason that counts.
  }
}

const generated = inRoot("packages", "store", "src", "generated");
const generateStamp = join(generated, ".winnow-schema");

function generateKey() {
  const prisma = readFileSync(inRoot("node_modules", "prisma", "package.json"), "utf8");
  return sha256(
    `${JSON.parse(prisma).version}\n${readFileSync(inRoot("prisma", "schema.prisma"))}`,
  );
}

function isGenerated() {
  return readIfThere(generateStamp) === generateKey();
}

async function generate() {
  await run(process.execPath, [inRoot("infra", "setup", "prisma.mjs"), "generate"]);
  writeFileSync(generateStamp, generateKey());
}

/**
 * The programs and, by reference, the packages they use; the tests are built by `npm test`. Only the
 * compiler knows what is out of date: `begin` is called once it says that it builds a project.
 */
async function build(begin) {
  const apps = readdirSync(inRoot("apps")).filter((name) =>
    existsSync(inRoot("apps", name, "tsconfig.json")),
  );
  const onOutput = (text) => text.includes("Building project") && begin();
  const projects = apps.map((name) => `apps/${name}`);
  try {
    await run(bin("tsc"), ["-b", "--verbose", "--pretty", "false", ...projects], { onOutput });
  } catch (error) {
    error.message = error.message.replace(PROGRESS, "");
    throw error;
  }
}

/** What `--verbose` adds: lines that begin with the time of day, and the list of projects. */
const PROGRESS = /^(\d+:\d\d:\d\d.* - .*| {4}\* .*)?[\r\n]+/gm;

/** What `npm pack` puts into the client's package besides what the build makes. */
function areTypesWritten() {
  const written = inRoot("packages", "client", "dist", "types", "contract", "types.d.ts");
  const sources = ["client", "contracts"].map((name) =>
    inRoot("packages", name, "dist/.tsbuildinfo"),
  );
  return existsSync(written) && sources.every((file) => mtimeOf(file) <= mtimeOf(written));
}

async function writeTypes() {
  await run(process.execPath, [inRoot("infra", "client", "write-types.mjs")]);
}

const mtimeOf = (file) => statSync(file).mtimeMs;

const pageStamp = inRoot("apps", "web", "dist", "page", ".winnow-inputs");

/** What the page is made of: its own files, and the packages that it brings into the browser. */
function pageKey() {
  const files = [inRoot("apps", "web"), ...PAGE_PACKAGES.map((name) => inRoot("packages", name))]
    .flatMap(filesBelow)
    .sort();
  const texts = files.map((file) => `${file.slice(root.length)}\n${readFileSync(file, "utf8")}`);
  return sha256(`${installKey()}\n${texts.join("\n")}`);
}

const PAGE_PACKAGES = ["client", "contracts", "demo-set", "npy"];
const NO_INPUTS = new Set(["dist", "node_modules"]);

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (NO_INPUTS.has(entry.name) || entry.name.includes(".test.")) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function isPageBuilt() {
  return readIfThere(pageStamp) === pageKey();
}

async function buildPage() {
  await run(bin("vite"), ["build", "apps/web", "--logLevel", "warn"]);
  writeStamp(pageStamp, pageKey());
}

function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await prepare().catch((error) => {
    console.error(error instanceof PrepareError ? error.message : error);
    process.exitCode = error.exitCode ?? 1;
  });
}
