import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A reader who follows the pages has none of these set. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}

/** A bash that keeps its variables from block to block, as a terminal does. */
export interface Terminal {
  /** Runs commands; resolves with their output. Rejects when one of them fails. */
  run(commands: string): Promise<string>;
  close(): Promise<void>;
}

export function openTerminal(folder: string): Terminal {
  const bash = spawn("bash", ["--noprofile", "--norc"], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  let onOutput = () => {};
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput();
    });
  }
  const ended = once(bash, "close");
  let blocks = 0;
  // A failed command ends the shell, also in the middle of a pipe.
  bash.stdin.write("set -eo pipefail\n");
  return {
    async run(commands) {
      output = "";
      const end = `@@ block ${++blocks} is done`;
      const done = new Promise<void>((resolve) => {
        onOutput = () => output.includes(end) && resolve();
      });
      bash.stdin.write(`${commands}\necho "${end}"\n`);
      const failed = ended.then(([code]) => {
        throw new Error(`It ended with ${code}:\n${output}`);
      });
      await Promise.race([done, failed]);
      failed.catch(() => {});
      return output.slice(0, output.indexOf(end));
    },
    async close() {
      bash.stdin.end();
      bash.kill();
      await ended;
    },
  };
}

/** What `npm start` runs in a terminal of its own, until it is stopped as by Ctrl-C. */
export interface RunningService {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startService(folder: string, command: string): Promise<RunningService> {
  const child = spawn("bash", ["-c", command], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, which Ctrl-C reaches as a whole.
    detached: true,
  });
  const ended = once(child, "close");
  const url = await listeningAddress(child);
  return {
    url,
    async stop() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
      await ended;
    },
  };
}

function listeningAddress({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const [, url] = /^listening on (\S+)$/m.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    stdout?.on("close", () => reject(new Error(`It ended before it listened:\n${output}`)));
  });
}
