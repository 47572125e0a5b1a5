import type { Probabilities } from "../input/source.js";

/** Allocates arrays of n numbers, in this thread's memory or in memory that threads share. */
export interface Memory {
  readonly integers: (n: number) => Int32Array;
  readonly floats: (n: number, dtype: "float32" | "float64") => Probabilities;
}

/** Memory of this thread only. */
export const ownMemory: Memory = {
  integers: (n) => new Int32Array(n),
  floats: (n, dtype) => (dtype === "float32" ? new Float32Array(n) : new Float64Array(n)),
};

/** Memory that worker threads share. */
export const sharedMemory: Memory = {
  integers: (n) => new Int32Array(new SharedArrayBuffer(4 * n)),
  floats: (n, dtype) =>
    dtype === "float32"
      ? new Float32Array(new SharedArrayBuffer(4 * n))
      : new Float64Array(new SharedArrayBuffer(8 * n)),
};
