/** The image that the Dockerfiles start from: pulled where a registry can be reached, else made here. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildah, imageBytes } from "./buildah.mjs";

/** Files of this machine that the stand-in takes, so that apt and npm work in it as they do here. */
const CONFIGURATION = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/apt/sources.list",
  "/etc/apt/sources.list.d",
  "/etc/apt/apt.conf.d",
  "/etc/apt/keyrings",
];

/**
 * Makes sure that `image` is in the store; returns where it comes from. A stand-in is Debian by debootstrap with
 * this machine's Node and npm and the user `node`, as the official image has them: its bytes are others, and what is added
 * to it is the same.
 */
export function ensureBase(image) {
  if (imageBytes(image) !== null) return "from the store";
  try {
    buildah("pull", "--quiet", image);
    return "pulled";
  } catch {
    makeStandIn(image);
    return "a stand-in: no registry can be reached";
  }
}

function makeStandIn(image) {
  const work = mkdtempSync(join(tmpdir(), "winnow-base-"));
  const root = join(work, "root");
  const release = /-([a-z]+)-slim$/.exec(image)?.[1];
  if (release === undefined)
    throw new Error(`${image}: only slim images of Debian have a stand-in.`);
  try {
    execFileSync("debootstrap", ["--variant=minbase", release, root], { stdio: "pipe" });
    for (const path of CONFIGURATION.filter(existsSync)) {
      cpSync(path, join(root, path), { recursive: true, dereference: true });
    }
    addNode(root);
    execFileSync("chroot", [root, "groupadd", "--gid", "1000", "node"]);
    execFileSync("chroot", [
      root,
      "useradd",
      "--uid",
      "1000",
      "--gid",
      "1000",
      "--create-home",
      "node",
    ]);
    const container = buildah("from", "scratch");
    buildah("add", container, root, "/");
    buildah(
      "config",
      "--env",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      container,
    );
    buildah("commit", "--rm", "--quiet", container, image);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function addNode(root) {
  const prefix = join(root, "usr/local");
  cpSync(process.execPath, join(prefix, "bin/node"));
  // The path of npm's program, as `npm run` sets it.
  const npm = dirname(
    dirname(process.env.npm_execpath ?? "/usr/lib/node_modules/npm/bin/npm-cli.js"),
  );
  cpSync(npm, join(prefix, "lib/node_modules/npm"), { recursive: true, dereference: true });
  for (const name of ["npm", "npx"]) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(prefix, "bin", name));
  }
  const headers = join(dirname(dirname(process.execPath)), "include/node");
  mkdirSync(join(prefix, "include"), { recursive: true });
  if (existsSync(headers)) cpSync(headers, join(prefix, "include/node"), { recursive: true });
}
