import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

/** A program of ours as a process of its own. */
export interface NodeProcess<Ready = unknown> {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Ready;
  /** What it wrote so far, stdout and stderr together. */
  output(): string;
  /** Resolves with the exit code when it ends by itself. */
  ended(): Promise<number | null>;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Forks a program with exactly this environment (and PATH); resolves once it has sent the message
 * of type `readyType`. Throws with its output if it ends before.
 */
export async function forkProgram<Ready>(
  main: string,
  env: Record<string, string>,
  readyType: string,
  args: readonly string[] = [],
): Promise<NodeProcess<Ready>> {
  const child = fork(main, args, {
    env: { PATH: process.env.PATH, ...env },
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const gone = once(child, "close");
  const isReady = new Promise<Ready>((resolve) => {
    child.on("message", (message) => {
      if ((message as { type?: unknown }).type === readyType) resolve(message as Ready);
    });
  });
  const early = gone.then(([code]) => {
    throw new Error(`${main} ended with ${code} before it was ready:\n${output}`);
  });
  const ready = await Promise.race([isReady, early]);
  early.catch(() => {});
  const exitCode = async (): Promise<number | null> => {
    const [code] = await gone;
    return code;
  };
  return {
    child,
    pid: child.pid as number,
    ready,
    output: () => output,
    ended: exitCode,
    stop() {
      child.kill("SIGTERM");
      return exitCode();
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** The process ids of a process's children. */
export const childrenOf = ({ child }: Pick<NodeProcess, "child">): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statusOf(pid)?.includes(`\nPPid:\t${child.pid}\n`));

/** SIGKILL for every child of the process; one that ended while we looked is no fault. */
export function killChildrenOf(parent: Pick<NodeProcess, "child">): void {
  for (const pid of childrenOf(parent)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Whether the process runs; a zombie does not, it only waits for its parent to look. */
export const isAlive = (pid: number): boolean => {
  const status = statusOf(pid);
  return status !== null && !/^State:\tZ/m.test(status);
};

function statusOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return null;
  }
}
