/** Whole rows of the array as stored in the file; a row is everything below the first axis. */
export interface RowBytes {
  readonly start: number;
  readonly rows: number;
  /** Begins at a multiple of 8 bytes of its buffer, so that typed arrays can view it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}
