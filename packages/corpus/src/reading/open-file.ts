import { type Compression, compressionOf, decompress } from "../bytes/decompress.js";
import { peek } from "../bytes/head.js";
import { refuseUnsupported, SIGNATURE_BYTES } from "../bytes/signatures.js";
import { ZipArchive } from "../bytes/zip-archive.js";
import { isWorkbook, onlyMember } from "../bytes/zip-contents.js";
import { CorpusError } from "../errors.js";
import type { IngestOptions, RandomAccess } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";

/** Opens the file's bytes from the start; called several times. */
export type OpenSource = () => AsyncIterable<Uint8Array>;

/** A file as its first bytes show it, unpacked. */
export interface OpenedFile {
  compression: Compression;
  contents: "text" | "parquet" | "xlsx";
  /** The first unpacked bytes, at least `SIGNATURE_BYTES` if there are so many. */
  head: Uint8Array;
  /** The unpacked bytes; `onProgress` gets the bytes of the file that were read. */
  open(onProgress?: (bytesRead: number) => void): AsyncIterable<Uint8Array>;
  /** The unpacked bytes by position, where nothing has to be unpacked for it. */
  positions: RandomAccess | undefined;
  /**
   * The unpacked bytes by position, held in memory if the file is packed or offers no random access.
   * Throws CorpusError "too-large-buffered".
   */
  anywhere(): Promise<RandomAccess>;
}

type OpenOptions = Pick<IngestOptions, "limits" | "randomAccess" | "signal">;

/** Whether a file with these first bytes is better read by position, if the caller can do so. */
export const isReadByPosition = (head: Uint8Array): boolean =>
  compressionOf(head) === "zip" || isParquet(head);

/**
 * Looks at a file's first bytes. Throws CorpusError "unsupported-file" for a kind that is not read,
 * and "bad-zip" for an archive that is not one packed file.
 */
export async function openFile(source: OpenSource, options: OpenOptions): Promise<OpenedFile> {
  const first = await peek(source(), SIGNATURE_BYTES);
  const compression = compressionOf(first);
  const { randomAccess } = options;
  if (compression === "zip") {
    const access = once(async () => randomAccess ?? (await buffered(source(), options)));
    const zip = await ZipArchive.open(await access());
    if (isWorkbook(zip)) return workbook("none", first, source, access, randomAccess);
    return unpacked("zip", memberOf(zip, options), undefined, options);
  }
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const open: OpenedFile["open"] = (onProgress = () => {}) =>
    decompress(counted(source(), onProgress), limits);
  return unpacked(compression, open, compression === "none" ? randomAccess : undefined, options);
}

async function unpacked(
  compression: Compression,
  open: OpenedFile["open"],
  positions: RandomAccess | undefined,
  options: OpenOptions,
): Promise<OpenedFile> {
  const head = await peek(open(), SIGNATURE_BYTES);
  refuseUnsupported(head);
  const inner = compressionOf(head);
  const anywhere = once(async () => positions ?? (await buffered(open(), options)));
  if (inner === "zip" && isWorkbook(await ZipArchive.open(await anywhere()))) {
    return workbook(compression, head, open, anywhere, undefined);
  }
  if (inner !== "none") {
    throw new CorpusError(
      "unsupported-file",
      `The ${compression} holds a ${inner} file. Upload what is in it, packed once.`,
    );
  }
  const contents = isParquet(head) ? "parquet" : "text";
  return { compression, contents, head, open, positions, anywhere };
}

const workbook = (
  compression: Compression,
  head: Uint8Array,
  open: OpenedFile["open"],
  anywhere: OpenedFile["anywhere"],
  positions: RandomAccess | undefined,
): OpenedFile => ({ compression, contents: "xlsx", head, open, positions, anywhere });

function memberOf(zip: ZipArchive, options: OpenOptions): OpenedFile["open"] {
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const member = onlyMember(zip);
  return (onProgress) => zip.read(member, limits, onProgress);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

const isParquet = (head: Uint8Array): boolean =>
  Buffer.from(head.subarray(0, 4)).toString("latin1") === "PAR1";

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytesRead = 0;
  for await (const chunk of source) {
    bytesRead += chunk.length;
    onProgress(bytesRead);
    yield chunk;
  }
}

async function buffered(
  bytes: AsyncIterable<Uint8Array>,
  options: OpenOptions,
): Promise<RandomAccess> {
  const { maxBufferedBytes }: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    options.signal?.throwIfAborted();
    length += chunk.length;
    if (length > maxBufferedBytes) {
      throw new CorpusError(
        "too-large-buffered",
        `A file of this kind is held in memory if it is compressed, and this one has more than ${maxBufferedBytes} bytes. Upload it uncompressed.`,
        { limit: maxBufferedBytes },
      );
    }
    // A copy: the source may reuse its buffer for the next chunk.
    chunks.push(Uint8Array.from(chunk));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole.buffer;
}
