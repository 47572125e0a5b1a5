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
import { LocalServicesError } from "../errors.js";
import { findOnPath, runCommand } from "../processes/command.js";
import { hasEntry, unknownUser } from "../processes/known-user.js";

const NOBODY = 65_534;
const COPIES_DIR = "/var/lib/winnow/postgres";

/**
 * Postgres refuses to run as root. These are the ways to run its programs as another user: `plain`
 * (not root), `user-namespace` (root maps to nobody, files stay root's), `capability` (runs as
 * nobody, but may traverse root's private folders), `user` (runs as nobody from a readable copy).
 */
export type PrivilegeWay = "plain" | "user-namespace" | "capability" | "user";

/** How to start a program without root's privileges, and who owns the files it creates. */
export interface Unprivileged {
  readonly way: PrivilegeWay;
  readonly fileOwner: number;
  /** The command line (and user id, if it is set at spawn) that runs `program`. */
  wrap(
    program: string,
    args: readonly string[],
  ): { command: string; args: string[]; uid?: number; gid?: number };
}

/** All ways, best first; the first that this machine allows is used. */
export const ALL_PRIVILEGE_WAYS: readonly PrivilegeWay[] = [
  "plain",
  "user-namespace",
  "capability",
  "user",
];

const NAMESPACE_ARGS = ["--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
// access(2) ignores the capabilities of a process that is not root unless `no_setuid_fixup` is set.
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
 * Finds a way to run Postgres's programs (in `native`) unprivileged, with files below `serviceDir`.
 * `ways` restricts the choice. Throws `postgres-root-refused` if no way works.
 */
export async function findUnprivileged(
  native: string,
  serviceDir: string,
  path: string,
  ways: readonly PrivilegeWay[] = ALL_PRIVILEGE_WAYS,
): Promise<Unprivileged> {
  const postgres = join(native, "bin", "postgres");
  if (process.getuid?.() !== 0) return hasEntry() ? plain() : asNobody(postgres, path);
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
      `Postgres does not run as root, and root cannot drop its privileges for ${serviceDir} on this machine.`,
      "Run as an ordinary user, name a data folder that every user can reach (such as one below /var/lib), or set DATABASE_URL.",
    );
  }
  const copy = readableCopy(native);
  chmodSync(serviceDir, 0o711); // the user nobody must traverse it to reach the data; its other files keep mode 0600
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

function plain(): Unprivileged {
  return {
    way: "plain",
    fileOwner: process.getuid?.() ?? 0,
    wrap: (command, args) => ({ command, args: [...args] }),
  };
}

/** For a user that the system does not know: where namespaces are allowed, nobody stands for it. */
async function asNobody(postgres: string, path: string): Promise<Unprivileged> {
  const unshare = findOnPath("unshare", path);
  if (unshare === undefined) throw unknownUser();
  const tried = await runCommand(unshare, [...NAMESPACE_ARGS, postgres, "--version"], { env: {} });
  if (tried.code !== 0) throw unknownUser();
  return {
    ...plain(),
    way: "user-namespace",
    wrap: (program, args) => ({ command: unshare, args: [...NAMESPACE_ARGS, program, ...args] }),
  };
}

/**
 * As root, gives a file, or a folder with everything below it, to `uid` if another user owns it.
 */
export function giveTo(uid: number, path: string): void {
  const top = statSync(path);
  if (process.getuid?.() !== 0 || top.uid === uid) return;
  const below = top.isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  for (const entry of below) lchownSync(join(path, entry), uid, uid);
  chownSync(path, uid, uid); // last: the owner of the top folder shows whether everything was handed over
}

/** Whether every user can traverse `folder` and all folders above it. */
function isPassable(folder: string): boolean {
  for (let dir = folder; ; dir = dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

/**
 * The programs where the user nobody can run them: in place, or copied to a folder that only root
 * can write.
 */
function readableCopy(native: string): string {
  if (isPassable(join(native, "bin"))) return native;
  const copy = join(COPIES_DIR, createHash("sha256").update(native).digest("hex").slice(0, 12));
  mkdirSync(COPIES_DIR, { recursive: true, mode: 0o755 });
  rmSync(copy, { recursive: true, force: true });
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}
