import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CliError } from "../terminal/failure.js";
import {
  type Holder,
  isHere,
  isRunning,
  newHolder,
  parseHolder,
  SILENT_MS,
  said,
} from "./lock-holder.js";

export interface DataFolderLock {
  /** Tells others where the service listens. */
  announce(url: string): void;
  release(): void;
}

const NAME = "running.json";
const TOUCH_MS = 5_000;
/** A lock whose text is not whole yet is being written. */
const WRITING_MS = 2_000;
const ATTEMPTS = 5;

/**
 * Takes the data folder for this process: two services on one folder would share files, logs and
 * Postgres without knowing of each other. The lock of a process that is gone is taken over. `onLost`
 * is called if somebody else takes it regardless. Throws `data-folder-in-use` with who holds it.
 */
export function takeDataFolder(dataDir: string, onLost: (error: CliError) => void): DataFolderLock {
  const file = join(dataDir, NAME);
  const me = newHolder(randomBytes(8).toString("hex"));
  try {
    mkdirSync(dataDir, { recursive: true, mode: dataFolderMode() });
    for (let attempt = 0; !create(file, me); attempt++) {
      const found = read(file);
      if (found === undefined) continue;
      if (attempt >= ATTEMPTS || isHeld(found)) throw inUse(dataDir, found.holder);
      setAside(file, found.text);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(
      "data-folder-unusable",
      `The data folder ${dataDir} cannot be used: ${why}. Name a folder that you can write to.`,
      { cause: error },
    );
  }
  return hold(file, me, onLost);
}

/**
 * For its owner alone. Root's Postgres may run as another user, which has to pass through: the folders
 * below are private each by itself. One that is there already may hold other things, and stays as it is.
 */
const dataFolderMode = (): number => (process.getuid?.() === 0 ? 0o711 : 0o700);

interface Found {
  readonly text: string;
  /** undefined if the text is none of a holder's. */
  readonly holder: Holder | undefined;
  readonly ageMs: number;
}

function create(file: string, holder: Holder): boolean {
  try {
    writeFileSync(file, JSON.stringify(holder), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** What is in the lock; undefined if it was released in this moment. */
function read(file: string): Found | undefined {
  try {
    const text = readFileSync(file, "utf8");
    return { text, holder: parseHolder(text), ageMs: ageOf(file) };
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** By the clock of the file system, which on a shared folder is not this machine's. */
function ageOf(file: string): number {
  const probe = `${file}.${randomBytes(4).toString("hex")}`;
  writeFileSync(probe, "", { mode: 0o600 });
  try {
    return statSync(probe).mtimeMs - statSync(file).mtimeMs;
  } finally {
    rmSync(probe, { force: true });
  }
}

function isHeld({ holder, ageMs }: Found): boolean {
  return holder === undefined ? ageMs < WRITING_MS : isRunning(holder, ageMs);
}

/** Removes a dead holder's lock, unless another process has put its own there meanwhile. */
function setAside(file: string, text: string): void {
  const aside = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if (readFileSync(aside, "utf8") === text || existsSync(file)) rmSync(aside, { force: true });
  else renameSync(aside, file);
}

function hold(file: string, taken: Holder, onLost: (error: CliError) => void): DataFolderLock {
  let me = taken;
  const isMine = () => parseHolder(readText(file) ?? "")?.token === me.token;
  // Written anew: only so does the file system set the time, by its own clock.
  const touch = () => {
    const draft = `${file}.${me.token}`;
    writeFileSync(draft, JSON.stringify(me), { mode: 0o600 });
    renameSync(draft, file);
  };
  const touching = setInterval(() => {
    try {
      if (isMine()) return touch();
    } catch {
      return; // a full disk, for instance; the next time may be better
    }
    clearInterval(touching);
    const holder = parseHolder(readText(file) ?? "");
    const by = holder === undefined ? "" : `; ${said(holder)}, has it now`;
    onLost(
      new CliError("data-folder-lost", `The lock ${file} is not this process's any more${by}.`),
    );
  }, TOUCH_MS).unref();
  return {
    announce(url) {
      me = { ...me, url };
      if (isMine()) touch();
    },
    release() {
      clearInterval(touching);
      if (isMine()) rmSync(file, { force: true });
    },
  };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function inUse(dataDir: string, holder: Holder | undefined): CliError {
  if (holder === undefined) {
    return new CliError(
      "data-folder-in-use",
      `Another process is taking ${dataDir} in this moment; try again, or name another folder with --data.`,
    );
  }
  const here = isHere(holder);
  const stop = here ? `\`kill ${holder.pid}\` stops it` : `stop it on ${holder.host}`;
  const gone = here ? "" : ` If it is gone, try again in ${SILENT_MS / 1000} s.`;
  return new CliError(
    "data-folder-in-use",
    `${dataDir} is in use by ${said(holder)}. Use that service, ${stop}, or name another folder with --data.${gone}`,
  );
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && Reflect.get(error, "code") === code;
