/**
 * How the learning rate changes: every form gives a multiplier of the base rate at step t = 0, 1,
 * ...
 */
export type Schedule =
  | { readonly type: "constant" }
  /** Points [step, multiplier], linear between them, from [0, 0] and flat after the last. */
  | { readonly type: "piecewise"; readonly points: readonly (readonly [number, number])[] }
  /** Rises over `warmupSteps` and stays. */
  | { readonly type: "warm-up"; readonly warmupSteps: number }
  /** Rises over `warmupSteps`, then falls to `end` at the last step. */
  | { readonly type: "linear" | "cosine"; readonly warmupSteps: number; readonly end: number };

/**
 * The usual schedule of bert4keras for pretrained weights, {1000: 1, 2000: 0.1}; step 0 changes
 * nothing.
 */
export const FINE_TUNE_SCHEDULE: Schedule = {
  type: "piecewise",
  points: [
    [1000, 1],
    [2000, 0.1],
  ],
};

/** The multiplier at step `t` (from 0) of `steps`. */
export function rateMultiplier(schedule: Schedule, t: number, steps: number): number {
  switch (schedule.type) {
    case "constant":
      return 1;
    case "piecewise":
      return piecewise(schedule.points, t);
    case "warm-up":
      return Math.min(1, (t + 1) / Math.max(1, schedule.warmupSteps));
    default: {
      const warmup = Math.min(schedule.warmupSteps, Math.ceil(steps / 2));
      if (t < warmup) return (t + 1) / warmup;
      const done = (t - warmup) / Math.max(1, steps - 1 - warmup);
      const left = schedule.type === "linear" ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2;
      return schedule.end + (1 - schedule.end) * Math.max(0, left);
    }
  }
}

function piecewise(points: readonly (readonly [number, number])[], t: number): number {
  let [fromStep, from]: readonly [number, number] = [0, 0];
  for (const [step, multiplier] of points) {
    if (t < step) return from + ((multiplier - from) * (t - fromStep)) / (step - fromStep);
    [fromStep, from] = [step, multiplier];
  }
  return from;
}
