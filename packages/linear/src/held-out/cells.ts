/** Up to here probabilities are float64, and above as many float32 still stay in memory. */
const DOUBLE_CELLS = 1 << 22;
const MEMORY_CELLS = 1 << 25;

/** Whether so many probabilities stay in memory; more are on disk. */
export const isHeldInMemory = (cells: number): boolean => cells <= MEMORY_CELLS;

/** Room for so many probabilities. */
export const probabilities = (cells: number): Float32Array | Float64Array =>
  cells <= DOUBLE_CELLS ? new Float64Array(cells) : new Float32Array(cells);
