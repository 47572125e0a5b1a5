import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));

/** The `winnow` command as a process of its own, without this process's settings. */
export interface CliProcess {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code (null: ended by a signal) once all output is read. */
  readonly ended: Promise<number | null>;
}

export interface CliOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

export function startCli(args: readonly string[], { env = {}, cwd }: CliOptions = {}): CliProcess {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended: once(child, "close").then(([code]) => code as number | null),
  };
}

/** Runs the command to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}) {
  const cli = startCli(args, options);
  const code = await cli.ended;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

/** Waits until the command has written what `pattern` finds; throws with its output when it ends first. */
export async function written(cli: CliProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let hasEnded = false;
  void cli.ended.then(() => {
    hasEnded = true;
  });
  for (;;) {
    const found = pattern.exec(cli.stdout());
    if (found) return found;
    if (hasEnded) throw new Error(`It ended without ${pattern}:\n${cli.stdout()}${cli.stderr()}`);
    await sleep(50);
  }
}

/** The pids of all processes below `pid`, itself left out. */
export function descendants(pid: number): number[] {
  const all = parents();
  const found = [pid];
  for (const above of found) {
    found.push(...all.filter(([, parent]) => parent === above).map(([child]) => child));
  }
  return found.slice(1);
}

/** [pid, pid of its parent] of every process. */
function parents(): [number, number][] {
  if (!existsSync("/proc/self/stat")) {
    const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    return lines
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // After the command in brackets, which may hold anything: state, then the parent.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return [[Number(name), parent] as [number, number]];
      } catch {
        return []; // it has ended meanwhile
      }
    });
}

/** Those of `pids` that are still alive after a moment. */
export async function stillAlive(pids: readonly number[], waitMs = 5_000): Promise<number[]> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const alive = pids.filter(isAlive);
    if (alive.length === 0 || Date.now() > deadline) return alive;
    await sleep(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
