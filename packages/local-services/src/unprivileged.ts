import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { findOnPath, runCommand } from "./command.js";
import { LocalServicesError } from "./errors.js";

const NOBODY = 65_534;
const COPIES_DIR = "/var/lib/winnow/postgres";

/**
 * Postgres refuses to run as root. A way to run a program of its as somebody else:
 * `plain` (not root), `user-namespace` (root maps to nobody, files stay root's), `capability` (runs as
 * nobody, may pass root's private folders), `user` (runs as nobody from a readable copy).
 */
export type PrivilegeWay = "plain" | "user-namespace" | "capability" | "user";

/** How to start a program without root's rights, and who owns the files it makes. */
export interface Unprivileged {
  readonly way: PrivilegeWay;
  readonly fileOwner: number;
  /** The command line (and user id, if it is set at spawn) that runs `program`. */
  wrap(
    program: string,
    args: readonly string[],
  ): { command: string; args: string[]; uid?: number; gid?: number };
}

/** All ways, best first; the first that this machine allows is taken. */
export const ALL_PRIVILEGE_WAYS: readonly PrivilegeWay[] = [
  "plain",
  "user-namespace",
  "capability",
  "user",
];

const NAMESPACE_ARGS = ["--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
// access(2) forgets capabilities of a process that is not root unless `no_setuid_fixup` is set.
const CAPABILITY_ARGS = [
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  "--clear-groups",
  "--securebits=+no_setuid_fixup",
  "--inh-caps=-all,+dac_override",
  "--ambient-caps=-all,+dac_override",
  "--bounding-set=-all,+dac_override",
];

/**
 * Finds a way to run Postgres' programs (under `native`) unprivileged, with files below
 * `serviceDir`.
 * `ways` narrows the choice. Throws `postgres-root-refused` when no way is left.
 */
export async function findUnprivileged(
  native: string,
  serviceDir: string,
  path: string,
  ways: readonly PrivilegeWay[] = ALL_PRIVILEGE_WAYS,
): Promise<Unprivileged> {
  if (process.getuid?.() !== 0) {
    return {
      way: "plain",
      fileOwner: process.getuid?.() ?? 0,
      wrap: (command, args) => ({ command, args: [...args] }),
    };
  }
  const postgres = join(native, "bin", "postgres");
  for (const [way, tool, toolArgs, fileOwner] of [
    ["user-namespace", "unshare", NAMESPACE_ARGS, 0],
    ["capability", "setpriv", CAPABILITY_ARGS, NOBODY],
  ] as const) {
    const command = findOnPath(tool, path);
    if (!ways.includes(way) || command === undefined) continue;
    const tried = await runCommand(command, [...toolArgs, postgres, "--version"], { env: {} });
    if (tried.code !== 0) continue;
    return {
      way,
      fileOwner,
      wrap: (program, args) => ({ command, args: [...toolArgs, program, ...args] }),
    };
  }
  if (!ways.includes("user") || !isPassable(dirname(serviceDir))) {
    throw new LocalServicesError(
      "postgres-root-refused",
      `Postgres does not run as root, and this machine lets root drop its rights for ${serviceDir} in no way.`,
      "Run as an ordinary user, name a data folder that every user may pass (such as one below /var/lib), or set DATABASE_URL.",
    );
  }
  const copy = readableCopy(native);
  chmodSync(serviceDir, 0o711); // nobody passes it to the data; its other files stay 0600
  return {
    way: "user",
    fileOwner: NOBODY,
    wrap: (program, args) => ({
      command: program.replace(native, copy),
      args: [...args],
      uid: NOBODY,
      gid: NOBODY,
    }),
  };
}

/** As root, gives a file, or a folder with all below it, to `uid` where it belongs to somebody else. */
export function giveTo(uid: number, path: string): void {
  const top = statSync(path);
  if (process.getuid?.() !== 0 || top.uid === uid) return;
  const below = top.isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  for (const entry of below) lchownSync(join(path, entry), uid, uid);
  chownSync(path, uid, uid); // last: the top's owner says whether all of it was handed over
}

/** Whether every user may pass `folder` and all folders above it. */
function isPassable(folder: string): boolean {
  for (let dir = folder; ; dir = dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

/** The programs where nobody may run them: in place, or copied to a folder that root alone writes. */
function readableCopy(native: string): string {
  if (isPassable(join(native, "bin"))) return native;
  const copy = join(COPIES_DIR, createHash("sha256").update(native).digest("hex").slice(0, 12));
  mkdirSync(COPIES_DIR, { recursive: true, mode: 0o755 });
  rmSync(copy, { recursive: true, force: true });
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}
