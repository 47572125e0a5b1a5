/**
 * `npm run release -- VERSION [--check] [--skip-tests]`: checks that this clone can be released as
 * VERSION; then writes the version everywhere, dates its section of the changelog, commits, tags,
 * and packs the tagged tree. With --check it only checks. It never pushes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findFaults, isReleased, withDatedSection, withVersion } from "./release-files.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    "skip-tests": { type: "boolean", default: false },
  },
});
const [version] = positionals;
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();

const root = git("rev-parse", "--show-toplevel");
process.chdir(root);

const manifests = git("ls-files", "package.json", "*/package.json").split("\n").filter(Boolean);
const changelog = readFileSync("CHANGELOG.md", "utf8");
const faults = findFaults({
  version,
  current: JSON.parse(readFileSync("package.json", "utf8")).version,
  branch: git("branch", "--show-current"),
  changed: git("status", "--porcelain"),
  tags: git("tag", "--list").split("\n"),
  changelog,
});
if (faults.length > 0) {
  console.error(`Winnow cannot be released:\n${faults.map((fault) => `- ${fault}`).join("\n")}`);
  process.exit(1);
}
if (values["skip-tests"]) console.log("npm test was not run (--skip-tests)");
else {
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith(".js")
    ? [process.execPath, [npm, "test"]]
    : ["npm", ["test"]];
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error("Winnow cannot be released:\n- npm test fails");
    process.exit(1);
  }
}
if (values.check) {
  console.log(`Winnow can be released as ${version}.`);
  process.exit(0);
}

const today = new Date().toISOString().slice(0, 10);
for (const path of manifests) writeFileSync(path, withVersion(readFileSync(path, "utf8"), version));
for (const path of git("ls-files", "package-lock.json", "*/package-lock.json").split("\n")) {
  writeFileSync(path, withLockVersion(readFileSync(path, "utf8")));
}
if (!isReleased(changelog, version)) {
  writeFileSync("CHANGELOG.md", withDatedSection(changelog, version, today));
}
git("add", "--update");
// The first release has its version already.
if (git("status", "--porcelain") !== "")
  git("commit", "--quiet", "--message", `release: ${version}`);
git("tag", "--annotate", `v${version}`, "--message", `Winnow ${version}`);
console.log(`committed and tagged v${version}`);
console.log(pack());
console.log(`push it with: git push origin main v${version}`);

/** The versions of our own packages, and of their dependencies on each other, in npm's lockfile. */
function withLockVersion(text) {
  const lock = JSON.parse(text);
  lock.version = version;
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path.includes("node_modules/") || entry.version === undefined) continue;
    Object.assign(entry, JSON.parse(withVersion(JSON.stringify(entry), version)));
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** The tagged tree as a tar.gz with its SHA-256 and the images' bills of materials beside it; returns the first two in one line. */
function pack() {
  const name = `winnow-${version}`;
  const file = join("release", `${name}.tar.gz`);
  mkdirSync("release", { recursive: true });
  git("archive", "--format=tar.gz", `--prefix=${name}/`, `--output=${file}`, `v${version}`);
  for (const image of ["api", "worker"]) {
    const bill = join("release", `${name}-${image}.cdx.json`);
    execFileSync(process.execPath, ["infra/docker/sbom.mjs", image, "--out", bill]);
  }
  const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
  writeFileSync(`${file}.sha256`, `${sum}  ${name}.tar.gz\n`);
  return `${file}  sha256 ${sum}`;
}
