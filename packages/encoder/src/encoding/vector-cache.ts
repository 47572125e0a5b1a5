import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { KeyIndex } from "./key-index.js";

/** Bytes of a key: enough of a SHA-256 that no two texts meet. */
export const KEY_BYTES = 16;
const SUM_BYTES = 4;

/** The key of a text's vector. */
export const textKey = (text: string): Uint8Array =>
  new Uint8Array(createHash("sha256").update(text, "utf8").digest().subarray(0, KEY_BYTES));

/**
 * Vectors of one encoder by text, in files that only grow. Each process writes a file of its own, so
 * that none waits for another. A record is key, vector and the CRC-32 of both: one that a crash cut off,
 * or a disk damaged, is left out.
 */
export class VectorCache {
  readonly #width: number;
  readonly #files: FileHandle[];
  readonly #index: KeyIndex;
  readonly #folder: string;
  #records: number;
  #own: { file: FileHandle; number: number; records: number } | null = null;

  constructor(
    folder: string,
    width: number,
    files: FileHandle[],
    index: KeyIndex,
    records: number,
  ) {
    this.#records = records;
    this.#folder = folder;
    this.#width = width;
    this.#files = files;
    this.#index = index;
  }

  /** Opens the folder of one encoder (its fingerprint belongs into the path), and makes it. */
  static async open(folder: string, width: number): Promise<VectorCache> {
    await mkdir(folder, { recursive: true });
    const index = new KeyIndex();
    const files: FileHandle[] = [];
    const names = (await readdir(folder)).filter((name) => name.endsWith(endingOf(width))).sort();
    const bytes = recordBytes(width);
    const many = Math.max(1, Math.floor((1 << 22) / bytes));
    const buffer = Buffer.alloc(many * bytes);
    let whole = 0;
    for (const name of names) {
      const file = await open(join(folder, name), "r");
      const records = Math.floor((await file.stat()).size / bytes);
      for (let first = 0; first < records; first += many) {
        const count = Math.min(many, records - first);
        await file.read(buffer, 0, count * bytes, first * bytes);
        for (let i = 0; i < count; i++) {
          const record = buffer.subarray(i * bytes, (i + 1) * bytes);
          if (!isWhole(record)) continue;
          whole++;
          index.add(record.subarray(0, KEY_BYTES), files.length, first + i);
        }
      }
      files.push(file);
    }
    return new VectorCache(folder, width, files, index, whole);
  }

  /** How many texts have a vector. */
  get size(): number {
    return this.#index.size;
  }

  /** Vectors in all files: more than texts where one was encoded twice. */
  get records(): number {
    return this.#records;
  }

  /** Whether a key has a vector. */
  has(key: Uint8Array): boolean {
    return this.#index.find(key) !== null;
  }

  /** The vector (d) of a key; null: there is none. */
  async read(key: Uint8Array): Promise<Float32Array | null> {
    const place = this.#index.find(key);
    if (place === null) return null;
    const vector = new Float32Array(this.#width);
    const at = place.record * recordBytes(this.#width) + KEY_BYTES;
    const { bytesRead } = await this.#files[place.file]!.read(
      new Uint8Array(vector.buffer),
      0,
      vector.byteLength,
      at,
    );
    return bytesRead === vector.byteLength ? vector : null;
  }

  /** Adds vectors (keys, d), in one write. */
  async add(keys: readonly Uint8Array[], vectors: Float32Array): Promise<void> {
    this.#own ??= await this.#openOwn();
    const bytes = recordBytes(this.#width);
    const buffer = Buffer.alloc(keys.length * bytes);
    keys.forEach((key, i) => {
      buffer.set(key, i * bytes);
      const vector = vectors.subarray(i * this.#width, (i + 1) * this.#width);
      const data = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      buffer.set(data, i * bytes + KEY_BYTES);
      const end = (i + 1) * bytes - SUM_BYTES;
      buffer.writeUInt32LE(crc32(buffer.subarray(i * bytes, end)), end);
    });
    const { file, number, records } = this.#own;
    for (let at = 0; at < buffer.length; ) {
      const { bytesWritten } = await file.write(buffer, at, null, records * bytes + at);
      at += bytesWritten;
    }
    keys.forEach((key, i) => {
      this.#index.add(key, number, records + i);
    });
    this.#own.records += keys.length;
    this.#records += keys.length;
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  async #openOwn() {
    const name = `${randomBytes(8).toString("hex")}${endingOf(this.#width)}`;
    const file = await open(join(this.#folder, name), "wx+");
    const number = this.#files.push(file) - 1;
    return { file, number, records: 0 };
  }
}

const recordBytes = (width: number): number => KEY_BYTES + 4 * width + SUM_BYTES;

/** Changes with the form of a record. */
const endingOf = (width: number): string => `.d${width}-2`;

function isWhole(record: Buffer): boolean {
  const end = record.length - SUM_BYTES;
  return record.readUInt32LE(end) === crc32(record.subarray(0, end));
}
