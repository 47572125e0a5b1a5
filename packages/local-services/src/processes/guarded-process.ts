import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The guard's instructions: what to start, and how to end it. All paths are absolute. */
export interface GuardOrder {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly logFile: string;
  /** Removed by the guard once the server is down. */
  readonly runningFile: string;
  /** Sent one after another, each `afterMs` milliseconds after the one before, until the server ends. */
  readonly stopSignals: readonly { readonly signal: NodeJS.Signals; readonly afterMs: number }[];
}

/** What the guard reports on its standard output, one JSON object per line. */
export type GuardNews =
  | { readonly event: "spawned"; readonly pid: number }
  | { readonly event: "failed"; readonly message: string }
  | {
      readonly event: "exited";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };

/** A server under guard. `ended` resolves with the reason when it is down, by itself or by a signal. */
export interface GuardedProcess {
  readonly pid: number;
  readonly guardPid: number;
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

// The same path from `src` and from `dist`: tests that import the sources start the built guard.
const GUARD_FILE = fileURLToPath(new URL("../../dist/processes/guard.js", import.meta.url));

/** Starts a server under its own guard. Rejects with a plain Error if it cannot be spawned. */
export async function startGuarded(order: GuardOrder): Promise<GuardedProcess> {
  const guard = spawn(process.execPath, [GUARD_FILE], {
    cwd: order.cwd,
    env: {},
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let isOver = false;
  let lastReport = "its guard was killed";
  const ended = once(guard, "close").then(() => {
    isOver = true;
    return lastReport;
  });
  guard.stdin.on("error", () => {}); // `close` reports a guard that is already gone
  const pid = new Promise<number>((resolve, reject) => {
    guard.once("error", reject);
    createInterface({ input: guard.stdout }).on("line", (line) => {
      const news = JSON.parse(line) as GuardNews;
      if (news.event === "spawned") return resolve(news.pid);
      lastReport = sentenceOf(news);
      if (news.event === "failed") reject(new Error(lastReport));
    });
    void ended.then(() => reject(new Error(lastReport)));
  });
  guard.stdin.write(`${JSON.stringify(order)}\n`);
  const serverPid = await pid;

  // The owner may exit without stopping: its exit closes the pipe, and the guard does the rest.
  guard.unref();
  for (const pipe of [guard.stdin, guard.stdout]) callIfThere(pipe, "unref");

  return {
    pid: serverPid,
    guardPid: guard.pid ?? 0,
    ended,
    hasEnded: () => isOver,
    async stop() {
      guard.ref();
      callIfThere(guard.stdout, "ref");
      guard.stdin.end();
      await ended;
    },
  };
}

function sentenceOf(news: Exclude<GuardNews, { event: "spawned" }>): string {
  if (news.event === "failed") return news.message;
  return news.signal === null
    ? `it exited with code ${news.code}`
    : `it was ended by ${news.signal}`;
}

/** Child pipes are sockets with `ref` and `unref`, though Node types them as plain streams. */
function callIfThere(pipe: object, method: "ref" | "unref"): void {
  const found: unknown = Reflect.get(pipe, method);
  if (typeof found === "function") Reflect.apply(found, pipe, []);
}
