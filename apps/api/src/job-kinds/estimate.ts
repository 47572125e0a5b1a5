import type { JobEstimate } from "@winnow/contracts";

/** Finished jobs or folds that an estimate is based on, the latest. */
export const RECENT = 50;

export const UNKNOWN: JobEstimate = {
  rows: null,
  folds: null,
  steps: null,
  seconds: null,
  peakMemoryBytes: null,
  storageBytes: null,
};

/** Rounded to what a reader can use. */
export function times(units: number | null, secondsEach: number | null): number | null {
  if (units === null || secondsEach === null) return null;
  return Number((units * secondsEach).toPrecision(3));
}
