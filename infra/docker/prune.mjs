/**
 * `node infra/docker/prune.mjs WORKSPACE...` (after `npm ci --omit=dev`, in the root): removes from
 * node_modules what these workspaces do not load. npm leaves packages there that others name as optional
 * peers only, as Prisma's client names Prisma's command line with its database studio: 250 MB. Also
 * declarations and source maps, Prisma's query compilers for other databases, and OpenTelemetry's copies
 * for bundlers.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = process.cwd();
const modules = join(root, "node_modules");
const kept = new Set();
for (const workspace of process.argv.slice(2)) keep(join(root, workspace));
if (kept.size === 0) throw new Error("usage: prune.mjs WORKSPACE...");

/** Keeps a package and, through its dependencies, all that it may import. */
function keep(folder) {
  const place = realpathSync(folder);
  if (kept.has(place)) return;
  kept.add(place);
  const manifest = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => !peerDependenciesMeta?.[name]?.optional,
  );
  const named = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
  for (const name of named) {
    const found = find(name, place);
    if (found !== undefined) keep(found);
    else if (dependencies?.[name] !== undefined && !optionalDependencies?.[name]) {
      throw new Error(`${relative(root, place)} depends on ${name}, which is not installed.`);
    }
  }
}

/** As Node looks for it: in node_modules of the folder and of those above it. */
function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

/** Packages of a node_modules folder, those of scopes too. */
function packagesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(({ name }) => {
    if (name.startsWith(".")) return [];
    return name.startsWith("@")
      ? readdirSync(join(folder, name)).map((inner) => join(folder, name, inner))
      : [join(folder, name)];
  });
}

/** Removes the packages of a node_modules folder that nothing keeps, and what they do not load of the others. */
function prune(folder) {
  for (const path of packagesOf(folder)) {
    // Links of workspaces that are not here lead nowhere.
    if (!existsSync(path) || !kept.has(realpathSync(path))) {
      rmSync(path, { recursive: true, force: true });
      continue;
    }
    if (realpathSync(path) === path) removeUnloaded(path);
    const inner = join(path, "node_modules");
    if (existsSync(inner)) prune(inner);
  }
}

const DECLARATION_OR_MAP = /\.(map|d\.[cm]?ts)$/;
/** Prisma's client has one for each database, twice and as text. */
const OTHER_DATABASE = /^query_compiler_\w+\.(cockroachdb|mysql|sqlite|sqlserver)\b/;

/** Node loads `build/src`. */
const FOR_BUNDLERS = /\/@opentelemetry\/[^/]+\/build\/(esm|esnext)$/;

function removeUnloaded(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && FOR_BUNDLERS.test(path)) rmSync(path, { recursive: true });
    else if (entry.isDirectory()) {
      if (entry.name !== "node_modules") removeUnloaded(path);
    } else if (DECLARATION_OR_MAP.test(entry.name) || OTHER_DATABASE.test(entry.name)) rmSync(path);
  }
}

prune(modules);
for (const folder of kept) {
  const own = join(folder, "node_modules");
  if (!folder.startsWith(modules) && existsSync(own)) prune(own);
}
