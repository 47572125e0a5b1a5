import { crc32 } from "node:zlib";
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from "yauzl";
import { CorpusError } from "../errors.js";
import type { RandomAccess } from "../options/ingest-options.js";
import { damaged, inflateRaw, unzstd } from "./decompress.js";
import { afterFirstRatio, type DecompressLimits, Meter } from "./meter.js";

/** A file inside a zip archive. */
export interface ZipMember {
  readonly name: string;
  /** Unpacked, as the archive says. */
  readonly bytes: number;
  readonly packedBytes: number;
  readonly entry: Entry;
}

/** More members than any table has parts; the directory is held in memory. */
const MAX_MEMBERS = 10_000;

const SLICE_BYTES = 64 * 1024;

/** Compression methods by number (APPNOTE 4.4.5); those that are read have none here. */
const UNREAD_METHODS = new Map([
  [9, "deflate64"],
  [12, "bzip2"],
  [14, "lzma"],
  [95, "xz"],
  [98, "ppmd"],
  [99, "AES encryption"],
]);

/** What macOS and Windows add to a folder. */
const NO_DATA = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/;

/**
 * A zip archive, read by its directory. Its members are files; folders and what macOS and Windows
 * add are left out. Errors are CorpusErrors "bad-zip" and "too-large-decompressed".
 */
export class ZipArchive {
  readonly members: readonly ZipMember[];
  readonly #reader: Reader;
  readonly #zip: ZipFile;

  constructor(reader: Reader, zip: ZipFile, members: readonly ZipMember[]) {
    this.#reader = reader;
    this.#zip = zip;
    this.members = members;
  }

  /** Reads the directory. */
  static async open(file: RandomAccess): Promise<ZipArchive> {
    const reader = new Reader(file);
    return reader.guarded(async () => {
      const options = { autoClose: false, decodeStrings: false };
      const zip = await fromRandomAccessReaderPromise(reader, file.byteLength, options);
      const members: ZipMember[] = [];
      for await (const entry of zip.eachEntry()) {
        const name = nameOf(entry);
        if (!name.endsWith("/") && !NO_DATA.test(name)) {
          const { uncompressedSize: bytes, compressedSize: packedBytes } = entry;
          members.push({ name, bytes, packedBytes, entry });
        }
        if (members.length > MAX_MEMBERS) throw new Error(`more than ${MAX_MEMBERS} files`);
      }
      return new ZipArchive(reader, zip, members);
    });
  }

  /** The member of this name. */
  find(name: string): ZipMember | undefined {
    return this.members.find((member) => member.name === name);
  }

  /** A member's bytes, checked against its length and checksum. `onProgress` gets its packed bytes read. */
  async *read(
    { name, entry }: ZipMember,
    limits: DecompressLimits,
    onProgress: (bytesRead: number) => void = () => {},
  ): AsyncGenerator<Uint8Array> {
    refuseUnread(name, entry);
    const start = await this.#reader.guarded(async () => {
      const header = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
      return header.fileDataStart;
    });
    const packed = slices(this.#reader.file, start, start + entry.compressedSize, onProgress);
    const unpacked = afterFirstRatio(unpack(packed, entry, new Meter(limits)));
    let bytes = 0;
    let checksum = 0;
    for await (const chunk of unpacked) {
      bytes += chunk.length;
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (bytes !== entry.uncompressedSize || checksum !== entry.crc32) {
      throw damaged("bad-zip", new Error(`${name} does not match its length or checksum`));
    }
  }
}

function nameOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

function refuseUnread(name: string, entry: Entry): void {
  const member = JSON.stringify(name.slice(0, 200));
  const method = UNREAD_METHODS.get(entry.compressionMethod) ?? entry.compressionMethod;
  if (entry.isEncrypted()) {
    throw new CorpusError(
      "bad-zip",
      `${member} in the zip is encrypted. Zip it without a password.`,
    );
  }
  if (![STORED, DEFLATED, ZSTD].includes(entry.compressionMethod)) {
    throw new CorpusError(
      "bad-zip",
      `${member} in the zip is packed with ${method}, which is not read. Zip it with deflate, the usual method, or upload it with gzip.`,
    );
  }
}

const STORED = 0;
const DEFLATED = 8;
const ZSTD = 93;

async function* unpack(
  packed: AsyncIterable<Uint8Array>,
  entry: Entry,
  meter: Meter,
): AsyncGenerator<Uint8Array> {
  if (entry.compressionMethod === DEFLATED) yield* inflateRaw(packed, meter);
  else if (entry.compressionMethod === ZSTD) yield* unzstd(packed, meter);
  else {
    for await (const chunk of packed) {
      meter.bytesIn += chunk.length;
      meter.out(chunk.length);
      yield chunk;
    }
  }
}

async function* slices(
  file: RandomAccess,
  start: number,
  end: number,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += SLICE_BYTES) {
    const stop = Math.min(at + SLICE_BYTES, end);
    const bytes = new Uint8Array(await file.slice(at, stop));
    if (bytes.length < stop - at) throw damaged("bad-zip", new Error("it ends too early"));
    yield bytes;
    onProgress(stop - start);
  }
}

/** Reads for the library, and tells faults of the disk from those of the archive. */
class Reader extends RandomAccessReader {
  #fault: unknown;
  readonly file: RandomAccess;

  constructor(file: RandomAccess) {
    super();
    this.file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#slice(position, position + length).then(
      (bytes) => {
        buffer.set(bytes.subarray(0, length), offset);
        callback(bytes.length < length ? new Error("it ends too early") : null);
      },
      (error: Error) => {
        this.#fault = error;
        callback(error);
      },
    );
  }

  async guarded<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (this.#fault !== undefined) throw this.#fault;
      const why = error instanceof Error ? error.message : String(error);
      if (/encrypt/.test(why)) {
        throw new CorpusError("bad-zip", "The zip is encrypted. Zip the file without a password.");
      }
      throw damaged("bad-zip", error);
    }
  }

  async #slice(start: number, end: number): Promise<Uint8Array> {
    return new Uint8Array(await this.file.slice(start, end));
  }
}
