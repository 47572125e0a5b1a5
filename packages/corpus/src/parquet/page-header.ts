import type { PageHeader } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import type { ChunkBytes } from "./chunk-bytes.js";
import { CutOff, endOfStruct } from "./compact-protocol.js";

/** The header of a page may hold whole texts as statistics. */
const LOOKS_BYTES = [1024, 64 * 1024, 1024 * 1024, 16 * 1024 * 1024];

/** Of an ordinary file a page has about a megabyte; some writers make one of a whole row group. */
const MAX_PAGE_BYTES = 256 * 1024 * 1024;
/** As in other packed files: short and very regular pages pack well too. */
const RATIO_FLOOR_BYTES = 1024 * 1024;
const MAX_RATIO = 200;

/** A page's header, and where its bytes begin. */
export interface FoundPage {
  readonly header: PageHeader;
  readonly start: number;
}

/** Reads the header at a position. Throws where its sizes go beyond the chunk or any real page. */
export async function readPageHeader(chunk: ChunkBytes, at: number): Promise<FoundPage> {
  const { bytes, length } = await headerBytes(chunk, at);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = parquetHeader({ view, offset: 0 });
  const start = at + length;
  const packed = header.compressed_page_size;
  const unpacked = Number(header.uncompressed_page_size);
  if (!isCount(packed) || packed > chunk.left(start)) {
    throw new Error(`a page of ${packed} bytes where ${chunk.left(start)} are left`);
  }
  const most = Math.min(MAX_PAGE_BYTES, Math.max(RATIO_FLOOR_BYTES, MAX_RATIO * packed));
  if (!isCount(unpacked) || unpacked > most) {
    throw new Error(`a page of ${packed} bytes that unpacks to ${unpacked}`);
  }
  return { header, start };
}

async function headerBytes(
  chunk: ChunkBytes,
  at: number,
): Promise<{ bytes: Uint8Array; length: number }> {
  for (const look of LOOKS_BYTES) {
    const bytes = await chunk.from(at, look);
    try {
      return { bytes, length: endOfStruct(bytes, 0) };
    } catch (error) {
      if (!(error instanceof CutOff) || bytes.length >= chunk.left(at)) throw error;
    }
  }
  throw new Error(`the header of a page has more than ${LOOKS_BYTES.at(-1)} bytes`);
}

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
