import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalServicesError } from "../errors.js";
import { isAlive, isMark, markOf, type ProcessMark } from "../processes/process-mark.js";

/** Which process runs a service: written beside its data when it is up, removed when it is down. */
export interface Running {
  readonly port: number;
  readonly server: ProcessMark;
  readonly guard: ProcessMark;
  readonly owner: ProcessMark;
}

/** Paths of one service below the data folder; all of it is readable only by its owner. */
export interface ServiceFolder {
  readonly dir: string;
  readonly data: string;
  readonly logFile: string;
  readonly runningFile: string;
  readonly password: string;
}

const MAX_LOG_BYTES = 10 * 1024 * 1024;
const LOCK_TIMEOUT_MS = 90_000;

/** Makes (or finds) `<dataDir>/<name>` with mode 0700 and its generated password with mode 0600. */
export function openServiceFolder(dataDir: string, name: "postgres" | "redis"): ServiceFolder {
  const dir = join(dataDir, name);
  try {
    // Root's server may run as another user, which has to pass through.
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
    const logFile = join(dir, "server.log");
    if (existsSync(logFile) && statSync(logFile).size > MAX_LOG_BYTES) truncateSync(logFile);
    return {
      dir,
      data: join(dir, "data"),
      logFile,
      runningFile: join(dir, "running.json"),
      password: readOrMakePassword(join(dir, "password")),
    };
  } catch (cause) {
    throw new LocalServicesError(
      "data-folder-unusable",
      `The data folder ${dir} cannot be used: ${cause instanceof Error ? cause.message : cause}.`,
      "Name a folder that you can write to.",
      { cause },
    );
  }
}

function readOrMakePassword(file: string): string {
  if (!existsSync(file)) writeAtomically(file, randomBytes(24).toString("hex"));
  return readFileSync(file, "utf8").trim();
}

/** Which process runs the service; undefined if none does or the file cannot be read. */
export function readRunning(folder: ServiceFolder): Running | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(folder.runningFile, "utf8"));
    return isRunning(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(value: unknown): value is Running {
  return (
    typeof value === "object" &&
    value !== null &&
    Number.isInteger(Reflect.get(value, "port")) &&
    ["server", "guard", "owner"].every((key) => isMark(Reflect.get(value, key)))
  );
}

/** Records which process runs the service. */
export function writeRunning(folder: ServiceFolder, running: Running): void {
  writeAtomically(folder.runningFile, JSON.stringify(running));
}

/** The last lines of the server's log, for an error message. */
export function logTail(folder: ServiceFolder, lines = 8): string {
  try {
    return readFileSync(folder.logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "(no log)";
  }
}

/** Runs `work` while no other process starts the same service in this folder. */
export async function withStartLock<T>(folder: ServiceFolder, work: () => Promise<T>): Promise<T> {
  const file = join(folder.dir, "start.lock");
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  while (!takeLock(file)) {
    if (Date.now() > deadline) {
      throw new LocalServicesError(
        "data-folder-busy",
        `Another process has been starting a service in ${folder.dir} for ${LOCK_TIMEOUT_MS / 1000} s.`,
        `Wait for it, or remove ${file} if there is no such process.`,
      );
    }
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function takeLock(file: string): boolean {
  try {
    const handle = openSync(file, "wx", 0o600);
    writeSync(handle, JSON.stringify(markOf(process.pid)));
    closeSync(handle);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    dropStaleLock(file);
    return false;
  }
}

/** Removes a lock that outlived its process, as after a crash. */
function dropStaleLock(file: string): void {
  try {
    if (Date.now() - statSync(file).mtimeMs < 1_000) return; // its process may still be writing its mark
    const holder: unknown = JSON.parse(readFileSync(file, "utf8") || "null");
    if (!isMark(holder) || !isAlive(holder)) rmSync(file, { force: true });
  } catch {
    // It was removed in the meantime.
  }
}

function writeAtomically(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
