/**
 * For every process that may train on a GPU, unless the worker's environment says otherwise; on the CPU
 * they change no result. A card's memory is taken as it is needed, so that several folds fit on one. Products are
 * computed in float32: the TF32 of today's cards drops 13 bits of each factor, and golden cases differ.
 * Sums are made in one order, so that equal runs give the same bits; on an H100 it took no time.
 */
export const GPU_ENVIRONMENT = {
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  NVIDIA_TF32_OVERRIDE: "0",
  TF_DETERMINISTIC_OPS: "1",
} as const;
