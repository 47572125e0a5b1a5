import type { VectorSource } from "@winnow/linear";
import type { ScratchFile } from "@winnow/storage";

const BLOCK_ROWS = 1024;

/** Vectors (n, d) that lie in a file, read again by every pass. */
export function scratchVectors(scratch: ScratchFile, n: number, d: number): VectorSource {
  return {
    n,
    d,
    *blocks() {
      const memory = new Float32Array(Math.min(n, BLOCK_ROWS) * d);
      for (let start = 0; start < n; start += BLOCK_ROWS) {
        const rows = Math.min(BLOCK_ROWS, n - start);
        const values = memory.subarray(0, rows * d);
        scratch.read(4 * start * d, bytesOf(values));
        yield { start, rows, values };
      }
    },
  };
}

/** Adds vectors behind those that are there. */
export const appendVectors = (scratch: ScratchFile, values: Float32Array): void =>
  scratch.append(bytesOf(values));

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
