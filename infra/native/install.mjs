/**
 * `node infra/native/install.mjs`: installs tfjs-node and tfjs-node-gpu by this folder's lockfile,
 * without their install scripts, and links them into the project's node_modules, where the worker
 * looks for them. What is in place is left alone, a built binding too. `npm ci` in the root removes
 * the links only; run this again.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("./", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = join(here, "node_modules", "@tensorflow");
const stamp = join(here, "node_modules", ".winnow-lock");

/** Installs and links; throws with npm's own words where it fails. */
export function installNative() {
  const lock = readFileSync(join(here, "package-lock.json"), "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
    // `npm run` sets which npm it is; otherwise the one on PATH.
    const npm = process.env.npm_execpath;
    const [command, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
    execFileSync(command, [...args, "ci", "--ignore-scripts", "--loglevel=error"], {
      cwd: here,
      stdio: ["ignore", "pipe", "inherit"],
    });
    writeFileSync(stamp, lock);
  }
  const shared = join(root, "node_modules", "@tensorflow");
  if (!existsSync(join(shared, "tfjs-core"))) {
    throw new Error("Install the project's own packages first: npm ci");
  }
  // One copy of the core, or tensors of one would be strangers to the other.
  relink(join(shared, "tfjs-core"), join(packages, "tfjs-core"));
  for (const name of ["tfjs-node", "tfjs-node-gpu"]) {
    relink(join(packages, name), join(shared, name));
  }
}

/** Makes `link` point at `target`; replaces what was there. */
export function relink(target, link) {
  mkdirSync(dirname(link), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link, { recursive: true });
  symlinkSync(relative(dirname(link), target), link);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  installNative();
}
