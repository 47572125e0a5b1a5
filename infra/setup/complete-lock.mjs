/**
 * Run after `npm install` changed package-lock.json. Where a registry does not (yet) have a package's
 * build for another platform, npm leaves it out of the lockfile, and `npm ci` then refuses the lockfile
 * everywhere. This writes those optional entries in: version and platform, as the package that wants
 * them says; npm fetches them only on that platform. Then it asks the registry for the checksums that are
 * missing, which is why it is also run when an earlier run found none: with every checksum there, no
 * registry can hand out another package than the one that was locked.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
const lock = JSON.parse(readFileSync(file, "utf8"));

const byName = ([a], [b]) => a.localeCompare(b, "en");
const added = [];
for (const [path, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(path, name) || !/^\d+\.\d+\.\d+/.test(version)) continue;
    const entry = { ...platformOf(name), optional: true, ...(dev ? { dev } : {}) };
    const inOrder = Object.fromEntries(Object.entries(entry).sort(byName)); // npm's own order
    lock.packages[`node_modules/${name}`] = { version, ...inOrder };
    added.push(`${name}@${version}`);
  }
}

const unknown = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.includes("node_modules/") || entry.link || entry.inBundle || entry.integrity) continue;
  const name = `${path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)}@${entry.version}`;
  const integrity = integrityOf(name);
  if (integrity === null) {
    unknown.push(name);
    continue;
  }
  const { version, ...rest } = entry;
  lock.packages[path] = { version, integrity, ...rest }; // npm's own order
  added.push(`the checksum of ${name}`);
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byName));
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length > 0 ? `added:\n  ${added.join("\n  ")}` : "nothing to add");
if (unknown.length > 0) {
  console.error(`the registry has no checksum of:\n  ${unknown.join("\n  ")}`);
  process.exitCode = 1;
}

/** As the registry says it; null where it does not know the package. */
function integrityOf(name) {
  const args = ["view", name, "dist.integrity"];
  try {
    const found = execFileSync("npm", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^sha512-\S+$/.test(found.trim()) ? found.trim() : null;
  } catch {
    return null;
  }
}

/** Whether `name`, seen from the package at `path`, has an entry in any node_modules on the way up. */
function isLocked(path, name) {
  for (let dir = path; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf("/")))) {
    if (lock.packages[`${dir}${dir === "" ? "" : "/"}node_modules/${name}`]) return true;
    if (dir === "") return false;
  }
}

/** `...-linux-arm64-musl` and the like. Words that name neither a system nor a processor say nothing. */
function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const oneOf = (known) => words.filter((word) => known.includes(word)).slice(0, 1);
  const os = oneOf([
    ...["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony"],
    ...["sunos", "win32"],
  ]);
  const cpu = oneOf([
    "arm",
    "arm64",
    "ia32",
    "loong64",
    "ppc64",
    "riscv64",
    "s390x",
    "wasm32",
    "x64",
  ]);
  const isMusl = words.some((word) => word.startsWith("musl"));
  const isGnu = words.some((word) => word.startsWith("gnu"));
  return {
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(isMusl || isGnu ? { libc: [isMusl ? "musl" : "glibc"] } : {}),
    ...(os.length > 0 ? { os } : {}),
  };
}
