import type { DissentSpec } from "../sampling/dissent.js";
import type { InjectedNoise, NoiseSpec } from "../sampling/noise.js";

/** Which labels were changed; classes by name. */
export interface NoiseProfile {
  type: (NoiseSpec | DissentSpec)["type"];
  seed: number;
  rows: number;
  changed: number;
  /** Rows by [true class][given class], in class order. */
  joint: number[][];
  /** The labels that were changed most often, and into which; at most 100. */
  pairs: { from: string; to: string; count: number }[];
}

const PAIR_LIMIT = 100;

/** The profile of injected noise. */
export function noiseProfile(
  { joint, changed, labels }: InjectedNoise,
  { spec, seed }: { spec: NoiseSpec | DissentSpec; seed: number },
  classNames: readonly string[],
): NoiseProfile {
  const k = classNames.length;
  const pairs: NoiseProfile["pairs"] = [];
  joint.forEach((count, cell) => {
    const [i, j] = [Math.floor(cell / k), cell % k];
    if (count === 0 || i === j) return;
    pairs.push({ from: classNames[i]!, to: classNames[j]!, count });
  });
  return {
    type: spec.type,
    seed,
    rows: labels.length,
    changed,
    joint: Array.from({ length: k }, (_, i) => [...joint.subarray(i * k, (i + 1) * k)]),
    pairs: pairs.sort((a, b) => b.count - a.count).slice(0, PAIR_LIMIT),
  };
}
