/**
 * Paces of the benchmarks (bench/results), one process each, on machines of two cores and on an H100. They
 * say which order of size to expect of another machine; `validateOnly` takes those of its own finished jobs.
 */
export interface NetworkPace {
  /** Rows a second of the model that a training without options has, at its batch of 64. */
  readonly train: number;
  readonly predict: number;
}

/** What a plan may compute on. */
export type PlanBackend = "wasm" | "tfjs-node" | "tfjs-node-gpu";

export const NETWORK_PACES: Readonly<Record<PlanBackend, NetworkPace>> = {
  wasm: { train: 230, predict: 950 },
  "tfjs-node": { train: 1_900, predict: 3_500 },
  "tfjs-node-gpu": { train: 30_000, predict: 9_000 },
};

/** Pieces of the benchmark's texts: longer ones take longer, shorter ones count as these. */
export const PACED_PIECES = 25;

export const INGEST_ROWS_A_SECOND = 229_000;
export const INGEST_BYTES = 512e6;

/** Pieces a second that texts are cut into. */
export const TOKENISED_A_SECOND = 1_350_000;

/** Numbers a second that a pruning reads, decides on and writes, from and to Postgres. */
export const PRUNED_A_SECOND = 41_000 * 428;

/** Seconds of the linear part for a row of so many pieces, all its passes. */
export const linearSeconds = (pieces: number, classes: number): number =>
  pieces * (2.5e-6 + 0.07e-6 * classes);
