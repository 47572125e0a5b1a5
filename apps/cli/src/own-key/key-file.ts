import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { configFolder } from "../config.js";
import { CliError } from "../terminal/failure.js";

// The key that `winnow up --private` makes, where the same user's commands find it: one file for each
// address of this machine, below the folder of the user's settings.

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** The key for the service at the URL; undefined where there is none, or it is on another machine. */
export function findOwnKey(url: string): string | undefined {
  const path = keyFileOf(url);
  if (path === null) return undefined;
  const text = readPrivate(path);
  return text === undefined ? undefined : text.trim();
}

/** Stores the key; returns the file. Throws `key-file-unsafe`, and a system error as `key-file-unusable`. */
export function storeOwnKey(url: string, token: string): string {
  const path = keyFileOf(url);
  if (path === null) throw new Error(`${url} is not an address of this machine`);
  const folder = keysFolder();
  const draft = join(folder, `.${randomBytes(6).toString("hex")}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    assertOwn(folder, lstatSync(folder), "directory");
    writeFileSync(draft, `${token}\n`, { flag: "wx", mode: 0o600 });
    // Takes the place of whatever is there, a link too, and never follows one.
    renameSync(draft, path);
    return path;
  } catch (error) {
    rmSync(draft, { force: true });
    if (error instanceof CliError) throw error;
    throw new CliError(
      "key-file-unusable",
      `The key cannot be stored in ${path}: ${error instanceof Error ? error.message : error}. Set XDG_CONFIG_HOME to a folder of yours.`,
      { cause: error },
    );
  }
}

/** Removes the file if it still holds this key. */
export function forgetOwnKey(url: string, token: string): void {
  const path = keyFileOf(url);
  if (path === null) return;
  try {
    if (readPrivate(path)?.trim() === token) rmSync(path, { force: true });
  } catch {
    // It is not ours any more.
  }
}

const keysFolder = (): string => join(configFolder(), "winnow", "keys");

function keyFileOf(url: string): string | null {
  const { hostname, port, protocol } = new URL(url);
  if (!LOOPBACK.has(hostname)) return null;
  return join(keysFolder(), port || (protocol === "https:" ? "443" : "80"));
}

/** The text of a file that only this user can read or write; undefined if there is none. */
function readPrivate(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "ELOOP") throw unsafe(path, "is a link");
    throw unsafe(path, `cannot be read (${code})`);
  }
  try {
    assertOwn(path, fstatSync(file), "file");
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function assertOwn(
  path: string,
  found: { mode: number; uid: number; isFile(): boolean; isDirectory(): boolean },
  kind: "file" | "directory",
): void {
  const isKind = kind === "file" ? found.isFile() : found.isDirectory();
  if (!isKind) throw unsafe(path, `is no ${kind}`);
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid)
    throw unsafe(path, `belongs to the user ${found.uid}`);
  // Others may look at the folder's names, but change nothing in it.
  const forbidden = kind === "file" ? 0o077 : 0o022;
  if ((found.mode & forbidden) !== 0) throw unsafe(path, "is open to other users");
}

const unsafe = (path: string, why: string): CliError =>
  new CliError(
    "key-file-unsafe",
    `The stored key ${path} is not used: it ${why}. Remove it, and start \`winnow up --private\` again, or name a key with WINNOW_API_KEY.`,
  );
