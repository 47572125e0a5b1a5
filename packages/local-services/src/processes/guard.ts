/**
 * A small process between the owner and a server (Postgres or Redis). It starts the server, and
 * ends it when its own standard input closes: which happens alike when the owner asks for it,
 * exits, crashes or is killed with SIGKILL. It has a session of its own, so Ctrl-C in the owner's
 * terminal reaches the owner first and the server stops last.
 *
 * Protocol: one JSON line `GuardOrder` on stdin; JSON lines `GuardNews` on stdout.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import type { GuardNews, GuardOrder } from "./guarded-process.js";

let server: ChildProcess | undefined;
let order: GuardOrder | undefined;
let stopping = false;

// The owner may be gone: output that nobody reads must not end the guard before the server is down.
process.stdout.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => start(JSON.parse(line) as GuardOrder));
lines.once("close", stop);

function start(given: GuardOrder): void {
  order = given;
  const log = openSync(given.logFile, "a", 0o600);
  server = spawn(given.command, given.args, {
    cwd: given.cwd,
    env: given.env,
    stdio: ["ignore", log, log],
    ...(given.uid === undefined ? {} : { uid: given.uid }),
    ...(given.gid === undefined ? {} : { gid: given.gid }),
  });
  closeSync(log);
  server.once("spawn", () => tell({ event: "spawned", pid: server?.pid ?? 0 }));
  server.once("error", (error) => {
    tell({ event: "failed", message: error.message });
    leave();
  });
  server.once("exit", (code, signal) => {
    tell({ event: "exited", code, signal });
    leave();
  });
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  if (server === undefined || order === undefined) {
    leave();
    return;
  }
  let waitedMs = 0;
  for (const { signal, afterMs } of order.stopSignals) {
    waitedMs += afterMs;
    setTimeout(() => server?.kill(signal), waitedMs);
  }
}

function leave(): void {
  if (order !== undefined) rmSync(order.runningFile, { force: true });
  process.exit(0);
}

function tell(news: GuardNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}
