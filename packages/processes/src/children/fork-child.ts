import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Forks a program that does not outlive this process. Its first argument is our pid, for its
 * lifeline; where `setpriv` is installed, the kernel itself ends it with us, however busy either
 * process is. Without `env` it inherits our environment. Its stderr is a pipe. `nodeArgs` are flags of Node.
 * `serialization` "advanced" sends typed arrays as they are.
 */
export function forkChild(
  program: URL,
  {
    env,
    args = [],
    nodeArgs = [],
    serialization = "json",
  }: {
    env?: NodeJS.ProcessEnv | undefined;
    args?: string[];
    nodeArgs?: string[];
    serialization?: "json" | "advanced";
  },
): ChildProcess {
  return fork(fileURLToPath(program), [String(process.pid), ...args], {
    env,
    // Not this process's own flags: a debugger's port cannot be shared.
    execArgv: nodeArgs,
    ...(diesWithUs()
      ? { execPath: "setpriv", execArgv: [...DIE_WITH_US, process.execPath, ...nodeArgs] }
      : {}),
    serialization,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

const DIE_WITH_US = ["--pdeathsig", "KILL", "--"];

let asked: boolean | undefined;

/** Whether this machine's util-linux can set a parent-death signal. */
function diesWithUs(): boolean {
  asked ??= spawnSync("setpriv", [...DIE_WITH_US, "true"]).status === 0;
  return asked;
}
