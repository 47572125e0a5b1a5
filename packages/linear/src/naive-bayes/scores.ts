import type { Real } from "./pair-table.js";
import { temper } from "./temperature.js";

/** What scores of a fold's rows are made of (naive-bayes.ts). Threads may share the arrays. */
export interface ScoreTables {
  readonly k: number;
  /** The pairs of feature f stand at `start[f]` to `start[f + 1]`. */
  readonly start: Uint32Array;
  readonly classes: Uint16Array;
  /** By pair: its difference in z. */
  readonly differences: Real;
  /** By feature: ln(C + R + a). */
  readonly logSums: Real;
  readonly perValue: Float64Array; // (k)
  readonly perRow: Float64Array; // (k)
}

/** Writes z (k) of the features at `from` to `to` to `z`, from place `at` on. */
export function scoresInto(
  { k, start, classes, differences, logSums, perValue, perRow }: ScoreTables,
  ids: Int32Array,
  values: Float64Array,
  from: number,
  to: number,
  z: Float64Array,
  at: number,
): void {
  let sum = 0;
  let common = 0;
  for (let i = from; i < to; i++) {
    sum += values[i]!;
    common += values[i]! * logSums[ids[i]!]!;
  }
  for (let c = 0; c < k; c++) z[at + c] = perRow[c]! + sum * perValue[c]! - common;
  let held = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    const first = start[ids[i]!]!;
    const end = start[ids[i]! + 1]!;
    if (end - first === k) {
      HELD_FIRST[held] = first;
      HELD_VALUES[held] = value;
      held += 1;
      if (held < HELD) continue;
      addHeld(differences, z, at, k);
      held = 0;
      continue;
    }
    for (let p = first; p < end; p++) z[at + classes[p]!]! += value * differences[p]!;
  }
  for (let h = 0; h < held; h++) {
    const first = HELD_FIRST[h]!;
    const value = HELD_VALUES[h]!;
    for (let c = 0; c < k; c++) z[at + c]! += value * differences[first + c]!;
  }
}

/**
 * Features of every class, of which no class has to be read, wait until they are four: then z is
 * read and written once for all of them, which takes less than half the time.
 */
const HELD = 4;
const HELD_FIRST = new Int32Array(HELD);
const HELD_VALUES = new Float64Array(HELD);

function addHeld(differences: Real, z: Float64Array, at: number, k: number): void {
  const [p0, p1, p2, p3] = [HELD_FIRST[0]!, HELD_FIRST[1]!, HELD_FIRST[2]!, HELD_FIRST[3]!];
  const [v0, v1, v2, v3] = [HELD_VALUES[0]!, HELD_VALUES[1]!, HELD_VALUES[2]!, HELD_VALUES[3]!];
  for (let c = 0; c < k; c++) {
    z[at + c] =
      z[at + c]! +
      v0 * differences[p0 + c]! +
      v1 * differences[p1 + c]! +
      v2 * differences[p2 + c]! +
      v3 * differences[p3 + c]!;
  }
}

/** Rows whose features stand end to end, and room for their scores. */
export interface ScoreBlock {
  readonly rows: number;
  /** (rows + 1), starting with 0: the features of row i stand at `ends[i]` to `ends[i + 1]`. */
  readonly ends: Int32Array;
  readonly ids: Int32Array;
  readonly values: Float64Array;
  readonly z: Float64Array; // (rows, k)
  /** Turns scores into probabilities, if it is known. */
  readonly temperature: number | undefined;
}

export function scoreBlock(tables: ScoreTables, block: ScoreBlock): void {
  const { k } = tables;
  const { rows, ends, ids, values, z, temperature } = block;
  for (let i = 0; i < rows; i++) {
    scoresInto(tables, ids, values, ends[i]!, ends[i + 1]!, z, i * k);
  }
  if (temperature !== undefined) temper(z.subarray(0, rows * k), k, temperature);
}
