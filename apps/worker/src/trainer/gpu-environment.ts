/**
 * For every process that loads TensorFlow, unless the worker's environment says otherwise; without a
 * GPU they change nothing. A card's memory is taken as it is needed, so that several folds fit on
 * one. Products are computed in float32: the TF32 of today's cards drops 13 bits of each factor, and
 * golden cases differ.
 */
export const GPU_ENVIRONMENT = {
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  NVIDIA_TF32_OVERRIDE: "0",
} as const;
