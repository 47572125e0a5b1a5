import type { RowFacts } from "../count/scan.js";
import type { Probabilities } from "../input/source.js";
import type { CellHeaps } from "./cell-heaps.js";
import { cellOf, type PruneCells } from "./cells.js";

/**
 * A row's largest margin to another class, known before the last pass; rounding does not change
 * which is largest.
 */
export function bestMargin(facts: RowFacts, row: number, float32: boolean): number {
  const other = facts.otherProbability[row]!;
  const self = facts.selfConfidence[row]!;
  return float32 ? Math.fround(Math.fround(other) - Math.fround(self)) : other - self;
}

/**
 * What the heaps learn from the facts before the last pass: every row's largest margin, and a bound
 * for each cell's floor. A margin P[i][j] - P[i][given] is at least -P[i][given], so the q-th
 * smallest self-confidence of the class bounds the q-th largest margin. Most floors are then nearly
 * final, and the last pass skips most rows without reading them.
 */
export function offerKnownMargins(
  facts: RowFacts,
  classCounts: Int32Array,
  cells: PruneCells,
  heaps: CellHeaps,
  float32: boolean,
): void {
  const { labels, otherClass } = facts;
  const sorted = selfConfidencesByClass(facts, classCounts, float32);
  let from = 0;
  for (let given = 0; given < classCounts.length; given++) {
    for (let c = cells.start[given]!; c < cells.start[given + 1]!; c++) {
      heaps.raiseFloor(c, 0 - sorted[from + cells.count[c]! - 1]!);
    }
    from += classCounts[given]!;
  }
  for (let row = 0; row < labels.length; row++) {
    const cell = cellOf(cells, otherClass[row]!, labels[row]!);
    if (cell < 0) continue;
    const margin = bestMargin(facts, row, float32);
    if (margin >= heaps.floor[cell]!) heaps.offer(cell, row, margin);
  }
}

/** The self-confidences of class 0 ascending, then those of class 1, and so on. */
export function selfConfidencesByClass(
  facts: RowFacts,
  classCounts: Int32Array,
  float32: boolean,
): Float64Array {
  const { labels, selfConfidence } = facts;
  const next = new Int32Array(classCounts.length);
  for (let c = 1; c < next.length; c++) next[c] = next[c - 1]! + classCounts[c - 1]!;
  const values = new Float64Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const self = selfConfidence[i]!;
    values[next[labels[i]!]!++] = float32 ? Math.fround(self) : self;
  }
  for (let c = 0; c < next.length; c++) {
    values.subarray(next[c]! - classCounts[c]!, next[c]!).sort();
  }
  return values;
}

/**
 * The lowest floor among each class's cells: a row whose best margin is below it can be skipped.
 */
export function classFloors(cells: PruneCells, heaps: CellHeaps): Float64Array {
  const floors = new Float64Array(cells.start.length - 1).fill(Number.POSITIVE_INFINITY);
  for (let given = 0; given < floors.length; given++) {
    for (let c = cells.start[given]!; c < cells.start[given + 1]!; c++) {
      floors[given] = Math.min(floors[given]!, heaps.floor[c]!);
    }
  }
  return floors;
}

/**
 * The inner loop of pass 3 for one row at `at` in `probs`: its margin P[i][j] - P[i][given] to
 * every cell of its given class goes to that cell's heap, except for `known`, which already has it.
 * Returns whether any heap took it, and updates the class's lowest floor in `classFloor` (k).
 */
export function offerRow(
  probs: Probabilities,
  at: number,
  row: number,
  given: number,
  known: number,
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
    const cellFloor = floor[c]!;
    if (cellFloor < lowest) lowest = cellFloor;
    if (c === known) continue;
    const p = probs[at + trueClass[c]!]!;
    const margin = float32 ? Math.fround(Math.fround(p) - self) : p - self;
    if (margin >= cellFloor) {
      heaps.offer(c, row, margin);
      taken = true;
    }
  }
  classFloor[given] = lowest;
  return taken;
}

/**
 * For each row, among the cells that flag it, the one with its largest margin: true class and cut.
 */
export interface NoiseRatePruning {
  /** -1 for a row that is not flagged. */
  readonly cell: Int32Array;
}

/** Collects what the heaps kept. Equal margins: the lowest true class. */
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

/** The same from the probabilities, once the cuts are known: for inputs with very many ties. */
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
