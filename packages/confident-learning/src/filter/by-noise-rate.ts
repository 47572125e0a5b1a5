import type { Probabilities } from "../source.js";
import type { CellHeaps } from "./cell-heaps.js";
import type { PruneCells } from "./cells.js";

/**
 * The inner loop of pass 3 for one row at `at` in `probs`: its margin P[i][j] - P[i][given] to every
 * cell of its given class goes to that cell's heap. Returns whether any heap took it. `classFloor`
 * (k) learns the lowest floor of the class: a row whose best margin is below it needs no look.
 */
export function offerRow(
  probs: Probabilities,
  at: number,
  row: number,
  given: number,
  cells: PruneCells,
  heaps: CellHeaps,
  classFloor: Float64Array,
  float32: boolean,
): boolean {
  const { trueClass } = cells;
  const { floor } = heaps;
  const end = cells.start[given + 1]!;
  const own = probs[at + given]!;
  const self = float32 ? Math.fround(own) : own;
  let taken = false;
  let lowest = Number.POSITIVE_INFINITY;
  for (let c = cells.start[given]!; c < end; c++) {
    const p = probs[at + trueClass[c]!]!;
    const margin = float32 ? Math.fround(Math.fround(p) - self) : p - self;
    const cellFloor = floor[c]!;
    if (cellFloor < lowest) lowest = cellFloor;
    if (margin >= cellFloor) {
      heaps.offer(c, row, margin);
      taken = true;
    }
  }
  classFloor[given] = lowest;
  return taken;
}

/** For each row the cell of its largest margin among those that flag it: true class and cut. */
export interface NoiseRatePruning {
  /** -1 for a row that is not flagged. */
  readonly cell: Int32Array;
}

/** Gathers what the heaps kept. Equal margins: the lowest true class. */
export function keptCells(n: number, cells: PruneCells, heaps: CellHeaps): NoiseRatePruning {
  const cell = new Int32Array(n).fill(-1);
  const best = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  for (let c = 0; c < cells.count.length; c++) {
    heaps.eachKept(c, (row, margin) => {
      if (margin > best[row]!) {
        best[row] = margin;
        cell[row] = c;
      }
    });
  }
  return { cell };
}

/** The same from the probabilities once the cuts are known: for inputs with endless ties. */
export function cellAtCuts(
  probs: Probabilities,
  at: number,
  given: number,
  cells: PruneCells,
  heaps: CellHeaps,
  float32: boolean,
): number {
  const own = probs[at + given]!;
  const self = float32 ? Math.fround(own) : own;
  let best = Number.NEGATIVE_INFINITY;
  let cell = -1;
  for (let c = cells.start[given]!; c < cells.start[given + 1]!; c++) {
    const p = probs[at + cells.trueClass[c]!]!;
    const margin = float32 ? Math.fround(Math.fround(p) - self) : p - self;
    if (margin >= heaps.floor[c]! && margin > best) {
      best = margin;
      cell = c;
    }
  }
  return cell;
}
