import type { Targets } from "@winnow/linear";

/** All rows in the order of a review: the flags as they are ordered, then the others by the posterior's doubt. */
export function reviewOrder(
  flagged: readonly number[],
  labels: Int32Array,
  posterior: Targets,
): number[] {
  const isFlagged = new Set(flagged);
  const doubts = Float32Array.from(labels, (given, row) => 1 - shareOf(posterior, row, given));
  const others = Array.from(labels.keys()).filter((row) => !isFlagged.has(row));
  others.sort((a, b) => doubts[b]! - doubts[a]! || a - b);
  return [...flagged, ...others];
}

const CLASSES = new Uint16Array(1 << 10);
const WEIGHTS = new Float64Array(1 << 10);

function shareOf(targets: Targets, row: number, label: number): number {
  const count = targets.read(row, CLASSES, WEIGHTS);
  for (let i = 0; i < count; i++) if (CLASSES[i] === label) return WEIGHTS[i]!;
  return 0;
}
