/** Limits against hostile input. */
export interface CorpusLimits {
  /** A longer line, or quoted csv record, is rejected as "too-long". Default 1 MiB. */
  maxLineBytes: number;
  /** Default 64 GiB. */
  maxDecompressedBytes: number;
  /** Decompressed over compressed bytes, checked from 1 MiB of output on. Default 200. */
  maxCompressionRatio: number;
  /** Default 20,000: with more, the label column is probably the wrong one. */
  maxClasses: number;
  /** A parquet file without random access is held in memory up to this. Default 256 MiB. */
  maxBufferedBytes: number;
  /** Reading ends after so many rejects without one usable row. Default 200,000. */
  maxLeadingRejects: number;
}

export const DEFAULT_LIMITS: CorpusLimits = {
  maxLineBytes: 1024 * 1024,
  maxDecompressedBytes: 64 * 1024 ** 3,
  maxCompressionRatio: 200,
  maxClasses: 20_000,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxLeadingRejects: 200_000,
};
