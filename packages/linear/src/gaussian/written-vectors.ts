import type { VectorSource } from "./vectors.js";

const BLOCK_ROWS = 1024;

/** A file that is read by position. */
interface Written {
  read(at: number, into: Uint8Array): void;
}

/** Vectors (n, d) that were written to a file as float32, read again by every pass. */
export function writtenVectors(file: Written, n: number, d: number): VectorSource {
  return {
    n,
    d,
    *blocks() {
      const memory = new Float32Array(Math.min(n, BLOCK_ROWS) * d);
      for (let start = 0; start < n; start += BLOCK_ROWS) {
        const rows = Math.min(BLOCK_ROWS, n - start);
        const values = memory.subarray(0, rows * d);
        file.read(4 * start * d, new Uint8Array(values.buffer, 0, values.byteLength));
        yield { start, rows, values };
      }
    },
  };
}
