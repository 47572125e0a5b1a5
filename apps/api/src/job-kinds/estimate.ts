import type { JobEstimate } from "@winnow/contracts";

/** The number of recently finished jobs or folds that an estimate is based on. */
export const RECENT = 50;

export const UNKNOWN: JobEstimate = {
  rows: null,
  folds: null,
  steps: null,
  seconds: null,
  peakMemoryBytes: null,
  gpuMemoryBytes: null,
  storageBytes: null,
};

/** Rounded to three digits. */
export function times(units: number | null, secondsEach: number | null): number | null {
  if (units === null || secondsEach === null) return null;
  return Number((units * secondsEach).toPrecision(3));
}
