import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { EncoderConfig } from "../model/config.js";

/** What reading a folder's weights found. */
export interface KnownEncoder {
  readonly config: EncoderConfig;
  readonly vocabularySize: number;
  readonly fingerprint: string;
}

/** A file that changed so shortly before may have changed again, and its times be the same. */
const RECENT_NS = 2_000_000_000n;

/**
 * What is known of an encoder's folder while its files are the same by size, inode and times: whose
 * vectors lie in a cache is known then without its weights.
 */
export class EncoderRecord {
  readonly #file: string;
  /** Of the folder's files. */
  readonly #state: string;
  readonly #latest: bigint;

  /** Use `EncoderRecord.of`. */
  constructor(file: string, state: string, latest: bigint) {
    this.#file = file;
    this.#state = state;
    this.#latest = latest;
  }

  /** Looks at the folder's files; `asked` is what else decides the fingerprint. */
  static async of(records: string, folder: string, asked: unknown): Promise<EncoderRecord> {
    const names = (await readdir(folder).catch(() => [])).sort();
    let latest = 0n;
    const states = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(folder, name), { bigint: true }).catch(() => null);
        if (found === null) return [name];
        const { size, ino, mtimeNs, ctimeNs } = found;
        if (ctimeNs > latest) latest = ctimeNs;
        return [name, size, ino, mtimeNs, ctimeNs].map(String);
      }),
    );
    const key = createHash("sha256").update(JSON.stringify([resolve(folder), asked]));
    const file = join(records, `${key.digest("hex").slice(0, 32)}.json`);
    return new EncoderRecord(file, JSON.stringify(states), latest);
  }

  /** Null where the folder was never read, or may have changed since. */
  async read(): Promise<KnownEncoder | null> {
    try {
      const { mtimeNs } = await stat(this.#file, { bigint: true });
      if (mtimeNs < this.#latest + RECENT_NS) return null;
      const { state, known } = JSON.parse(await readFile(this.#file, "utf8"));
      return state === this.#state ? known : null;
    } catch {
      return null;
    }
  }

  async write(known: KnownEncoder): Promise<void> {
    const part = `${this.#file}.${randomBytes(4).toString("hex")}.part`;
    await mkdir(join(this.#file, ".."), { recursive: true });
    try {
      await writeFile(part, JSON.stringify({ state: this.#state, known }));
      await rename(part, this.#file);
    } finally {
      await rm(part, { force: true });
    }
  }
}
