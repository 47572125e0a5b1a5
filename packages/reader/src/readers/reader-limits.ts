/** What a process may take for one file. */
export interface ReaderLimits {
  /** Of the machine's memory, buffers included. */
  readonly memoryBytes: number;
  /** How long it may be without reading or sending anything while it is waited for. */
  readonly stallMs: number;
}

const MEMORY_BYTES = 2 * 2 ** 30;

/** What an ingest may take: in a small container, half of its memory. */
export const READER_LIMITS: ReaderLimits = {
  memoryBytes: Math.min(MEMORY_BYTES, containerBytes() / 2),
  stallMs: 60_000,
};

/** Infinity outside of a container with a limit. */
function containerBytes(): number {
  const bytes = process.constrainedMemory();
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}
