/**
 * How many folds a worker trains at a time: as many as asked for; one a GPU; on the CPU one a core if asked for `cores`,
 * else at most two. On the CPU one wasm process keeps one core busy.
 */
export function trainerConcurrency(
  asked: number | "cores" | null,
  gpus: number,
  cores: number,
): number {
  if (typeof asked === "number") return asked;
  if (gpus > 0) return gpus;
  return asked === "cores" ? cores : Math.min(2, cores);
}
