import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LocalServicesError } from "../errors.js";
import { findOnPath, runCommand } from "../processes/command.js";

/** A redis-server that works here: its path and the environment it needs. */
export interface RedisServer {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds a server that starts, in this order: redis-server or valkey-server on the search path; a
 * copy below `cacheDir`, unpacked once from the distribution's packages without installing them; as
 * root, by installing the distribution's package. Otherwise throws `redis-missing` with the install
 * commands.
 */
export async function findRedisServer(
  path: string,
  cacheDir: string,
  onStep: (what: string) => void,
): Promise<RedisServer> {
  const installed = await onPath(path);
  if (installed !== undefined) return installed;

  const copyDir = join(cacheDir, "redis-server");
  const cached = await inCopy(copyDir);
  if (cached !== undefined) return cached;

  const reasons: string[] = [];
  const unpacked = await unpackPackages(path, cacheDir, copyDir, onStep);
  if (unpacked === undefined) {
    const fresh = await inCopy(copyDir);
    if (fresh !== undefined) return fresh;
    reasons.push("the unpacked copy does not work here");
  } else {
    reasons.push(unpacked);
  }
  if (process.getuid?.() === 0) {
    reasons.push(await installPackage(path, onStep));
    const system = await onPath(path);
    if (system !== undefined) return system;
  }
  throw new LocalServicesError(
    "redis-missing",
    `There is no redis-server or valkey-server on PATH, and none could be fetched (${reasons.join("; ")}).`,
    [
      "Install one, or set REDIS_URL:",
      "  apt:    sudo apt-get install -y redis-server",
      "  brew:   brew install redis",
      "  docker: docker run -d -p 127.0.0.1:6379:6379 redis:7 redis-server --appendonly yes --maxmemory-policy noeviction",
      "          export REDIS_URL=redis://127.0.0.1:6379",
    ].join("\n"),
  );
}

async function onPath(path: string): Promise<RedisServer | undefined> {
  for (const name of ["redis-server", "valkey-server"]) {
    const command = findOnPath(name, path);
    if (command !== undefined && (await runs({ command, env: {} }))) return { command, env: {} };
  }
  return undefined;
}

/** The server in an unpacked copy, which uses its own libraries before the system's. */
async function inCopy(copyDir: string): Promise<RedisServer | undefined> {
  const command = findOnPath("redis-server", join(copyDir, "usr", "bin"));
  if (command === undefined) return undefined;
  const folders = ["usr/lib", "lib"].map((name) => join(copyDir, name));
  const triplets = folders.flatMap((folder) =>
    childFolders(folder)
      .filter((name) => name.includes("-linux-"))
      .map((name) => join(folder, name)),
  );
  const server = { command, env: { LD_LIBRARY_PATH: [...triplets, ...folders].join(":") } };
  return (await runs(server)) ? server : undefined;
}

/** The first Redis that BullMQ supports is 6.2; Valkey starts at 7.2. */
async function runs({ command, env }: RedisServer): Promise<boolean> {
  const answer = await runCommand(command, ["--version"], { env, timeoutMs: 10_000 });
  const version = /v=(\d+)\.(\d+)/.exec(answer.stdout);
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  return answer.code === 0 && (major > 6 || (major === 6 && minor >= 2));
}

/**
 * Downloads and unpacks redis-server with the libraries that this machine lacks. Returns undefined
 * on success, else the reason.
 */
async function unpackPackages(
  path: string,
  cacheDir: string,
  copyDir: string,
  onStep: (what: string) => void,
): Promise<string | undefined> {
  for (const tool of ["apt-get", "apt-cache", "dpkg-deb", "dpkg-query"]) {
    if (findOnPath(tool, path) === undefined) return `no ${tool} on PATH`;
  }
  onStep("redis-server from the distribution's packages");
  mkdirSync(cacheDir, { recursive: true });
  const workDir = mkdtempSync(join(cacheDir, "unpack-"));
  try {
    const apt = aptIn(path, workDir);
    let failure = await downloadAndUnpack(apt, workDir);
    if (failure !== undefined && (await apt.updatePrivately())) {
      failure = await downloadAndUnpack(apt, workDir);
    }
    if (failure !== undefined) return failure;
    rmSync(copyDir, { recursive: true, force: true });
    renameSync(join(workDir, "root"), copyDir);
    return undefined;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

type Apt = ReturnType<typeof aptIn>;

/** The packaging tools without root's privileges: they write nothing outside `workDir`. */
function aptIn(path: string, workDir: string) {
  const env = { PATH: path, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  let options = ["-o", "APT::Sandbox::User=root"];
  const run = (tool: string, args: readonly string[]) =>
    runCommand(findOnPath(tool, path) ?? tool, args, { env, cwd: workDir });
  return {
    run,
    apt: (tool: "apt-get" | "apt-cache", args: readonly string[]) =>
      run(tool, [...options, ...args]),
    /** Fetches package lists into `workDir`: images often ship without any. */
    async updatePrivately(): Promise<boolean> {
      for (const name of ["lists/partial", "archives/partial"]) {
        mkdirSync(join(workDir, "apt", name), { recursive: true });
      }
      options = [
        ...options,
        "-o",
        `Dir::State::lists=${join(workDir, "apt", "lists")}`,
        "-o",
        `Dir::Cache=${join(workDir, "apt")}`,
      ];
      return (await run("apt-get", [...options, "-q", "update"])).code === 0;
    },
  };
}

async function downloadAndUnpack({ run, apt }: Apt, workDir: string): Promise<string | undefined> {
  const closure = await apt("apt-cache", [
    "depends",
    "--recurse",
    ...["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map(
      (kind) => `--no-${kind}`,
    ),
    "redis-server",
  ]);
  const names = closure.stdout.split("\n").filter((line) => /^[a-z0-9]/.test(line));
  if (!names.includes("redis-server")) return "the package lists have no redis-server";
  const present = await run("dpkg-query", ["-W", "-f", `\${Package} \${db:Status-Status}\n`]);
  const installed = new Set(
    present.stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  const wanted = names.filter((name) => name.startsWith("redis-") || !installed.has(name));
  const download = await apt("apt-get", ["-q", "download", ...wanted]);
  if (download.code !== 0) return `apt-get download failed: ${lastLine(download.stderr)}`;
  for (const file of readdirSync(workDir).filter((name) => name.endsWith(".deb"))) {
    const unpack = await run("dpkg-deb", ["-x", file, "root"]);
    if (unpack.code !== 0) return `dpkg-deb failed on ${file}: ${lastLine(unpack.stderr)}`;
  }
  return undefined;
}

async function installPackage(path: string, onStep: (what: string) => void): Promise<string> {
  const apt = findOnPath("apt-get", path);
  if (apt === undefined) return "no apt-get on PATH";
  onStep("redis-server with apt-get install");
  const env = { PATH: path, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const install = await runCommand(
    apt,
    ["-q", "install", "-y", "--no-install-recommends", "redis-server"],
    { env },
  );
  return install.code === 0
    ? "apt-get install succeeded"
    : `apt-get install failed: ${lastLine(install.stderr)}`;
}

function childFolders(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
