import { createHash, type Hash } from "node:crypto";
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ListFileEntry } from "@huggingface/hub";
import { CliError } from "../terminal/failure.js";
import type { Steps } from "../terminal/steps.js";
import { bytes } from "../terminal/text.js";
import { type Hub, type Revision, readFrom, readRevision } from "./hub.js";
import { neededFiles } from "./model-files.js";
import { type ModelRecord, RECORD, readRecord } from "./record.js";

/** What is pulled, and where to. */
export interface Pull {
  /** `ORG/NAME`, or a name without an owner. */
  readonly name: string;
  /** A branch, tag or commit. */
  readonly revision: string;
  readonly modelsDir: string;
}

/** Connections that a file may take. */
const ATTEMPTS = 4;

/** A part folder of a revision: what a cut left there is not fetched again. */
const partFolder = (folder: string, commit: string) =>
  join(dirname(folder), `.${folder.slice(dirname(folder).length + 1)}.${commit.slice(0, 12)}.part`);

/**
 * Fetches the files of an encoder into a folder below MODELS_DIR that is complete when it is there.
 * Every file is held against the hash that the hub lists. Throws CliError.
 */
export async function pullModel(pull: Pull, hub: Hub, steps: Steps): Promise<ModelRecord> {
  const { name, modelsDir } = pull;
  const folder = join(modelsDir, ...name.split("/"));
  const revision = await steps.run("revision", async () => {
    const value = await readRevision(hub, name, pull.revision);
    return { value, summary: `${name}  ${value.commit.slice(0, 12)}` };
  });
  const present = await readRecord(folder);
  if (present?.commit === revision.commit) return present;
  const needed = neededFiles(name, revision.files);
  const part = partFolder(folder, revision.commit);
  await mkdir(part, { recursive: true });
  const files: ModelRecord["files"][number][] = [];
  for (const entry of needed) {
    const sha256 = await steps.run(entry.path, async (report) => {
      const onBytes = (done: number) =>
        report({ share: done / Math.max(1, entry.size), text: bytes(done) });
      const value = await fetchFile(hub, revision, entry, join(part, entry.path), onBytes);
      return { value, summary: bytes(entry.size) };
    });
    files.push({ path: entry.path, bytes: entry.size, sha256 });
    if (entry.path === "config.json") await assertEncoder(name, join(part, entry.path));
  }
  const record = { name, revision: pull.revision, commit: revision.commit, hub: hub.url, files };
  await writeRecord(part, record);
  await moveInto(part, folder);
  return record;
}

/** Before the weights are fetched. */
async function assertEncoder(name: string, file: string): Promise<void> {
  const { statedModelType, EncoderError } = await import("@winnow/encoder");
  try {
    statedModelType(await readFile(file, "utf8"), "config.json");
  } catch (cause) {
    if (!(cause instanceof EncoderError)) throw cause;
    throw new CliError("model-unsuitable", `${name}: ${cause.message}`, { cause });
  }
}

/** Fetches one file, from where an earlier attempt was cut off; returns its SHA-256. */
async function fetchFile(
  hub: Hub,
  revision: Revision,
  entry: ListFileEntry,
  path: string,
  onBytes: (done: number) => void,
): Promise<string> {
  const file = await open(path, "a+", 0o644);
  try {
    const hashes = hashesOf(entry);
    let done = await readBack(file, entry.size, hashes);
    const take = async (chunk: Uint8Array): Promise<void> => {
      hub.signal.throwIfAborted();
      if (done + chunk.length > entry.size) throw new TypeError("more bytes than were asked for");
      await file.write(chunk);
      for (const hash of hashes) hash.update(chunk);
      done += chunk.length;
      onBytes(done);
    };
    for (let attempt = 0; attempt < ATTEMPTS && done < entry.size; attempt++) {
      try {
        const stream = await readFrom(hub, revision, entry.path, done);
        for await (const chunk of stream) await take(chunk);
      } catch (error) {
        hub.signal.throwIfAborted();
        // What fetch throws when the connection ends in the middle.
        if (!(error instanceof TypeError)) throw error;
      }
    }
    if (done !== entry.size) {
      throw new CliError(
        "download-cut",
        `${entry.path} ended after ${bytes(done)} of ${bytes(entry.size)}; run the command again, and it goes on there`,
      );
    }
    return checked(entry, hashes);
  } catch (error) {
    if (error instanceof CliError && error.code === "wrong-hash") await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** SHA-256, and what the hub lists for files that are in git itself. */
function hashesOf({ size }: ListFileEntry): [sha256: Hash, git: Hash] {
  return [createHash("sha256"), createHash("sha1").update(`blob ${size}\0`)];
}

/** Feeds the hashes with what is there already; more than the file's size is thrown away. */
async function readBack(file: FileHandle, size: number, hashes: readonly Hash[]): Promise<number> {
  const there = (await file.stat()).size;
  if (there > size) {
    await file.truncate(0);
    return 0;
  }
  const buffer = Buffer.alloc(1 << 20);
  for (let at = 0; at < there; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, there - at), at);
    if (bytesRead === 0) break;
    for (const hash of hashes) hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return there;
}

function checked({ path, lfs, oid }: ListFileEntry, [sha256, git]: readonly [Hash, Hash]): string {
  const found = sha256.digest("hex");
  const isRight = lfs ? found === lfs.oid.replace(/^sha256:/, "") : git.digest("hex") === oid;
  if (isRight) return found;
  throw new CliError(
    "wrong-hash",
    `${path} is not the file that the hub lists: its hash differs, and it was thrown away; run the command again, and if it differs again, name another hub by HF_ENDPOINT`,
  );
}

async function writeRecord(folder: string, record: ModelRecord): Promise<void> {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  await writeFile(join(folder, RECORD), text, { mode: 0o644, flush: true });
}

/** Puts the whole folder in its place; another revision that was there makes room. */
async function moveInto(part: string, folder: string): Promise<void> {
  const old = `${part}.old`;
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isThere && (await readRecord(folder)) === null && (await readdir(folder)).length > 0) {
    throw new CliError(
      "folder-taken",
      `${folder} holds files that no pull wrote; move it away, or pull into another --models-dir`,
    );
  }
  if (isThere) await rename(folder, old);
  await rename(part, folder);
  await rm(old, { recursive: true, force: true });
}
