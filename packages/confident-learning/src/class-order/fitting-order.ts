import { bestAssignment } from "./assignment.js";
import type { ClassVotes } from "./class-votes.js";

/**
 * The order of columns that fits the given labels best: element c is the column of class c. It
 * maximises what the columns say beyond their sizes, so that a column that is large in every row
 * belongs to no class for that. Where nothing decides, a class keeps its column.
 */
export function fittingOrder(votes: ClassVotes): Int32Array {
  const { k, labels, moments } = votes;
  if (moments === undefined) return greedyOrder(votes);
  const gains = new Float64Array(k * k);
  for (let at = 0; at < k * k; at++) gains[at] = moments.excess(Math.floor(at / k), at % k);
  for (let c = 0; c < k; c++) gains[c * k + c]! += TIE * labels.length;
  return bestAssignment(gains, k);
}

/** What a class's own column is worth, as a share of all rows: less than any evidence. */
const TIE = 1e-9;

/** For many classes: cells of the largest excess of votes first, as long as row and column are free. */
function greedyOrder({ k, labels, columns }: ClassVotes): Int32Array {
  const n = labels.length;
  const rowVotes = new Float64Array(k);
  const columnVotes = new Float64Array(k);
  const cells = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const [label, column] = [labels[i]!, columns[i]!];
    if (column < 0) continue;
    rowVotes[label]! += 1;
    columnVotes[column]! += 1;
    const cell = label * k + column;
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  const excess = [...cells]
    .map(([cell, count]) => {
      const [label, column] = [Math.floor(cell / k), cell % k];
      const own = label === column ? TIE * n : 0;
      return { label, column, gain: count - (rowVotes[label]! * columnVotes[column]!) / n + own };
    })
    .sort((a, b) => b.gain - a.gain || a.label - b.label || a.column - b.column);
  const order = new Int32Array(k).fill(-1);
  const taken = new Uint8Array(k);
  const match = (label: number, column: number): void => {
    if (order[label] !== -1 || taken[column]) return;
    order[label] = column;
    taken[column] = 1;
  };
  for (const { label, column, gain } of excess) if (gain > 0) match(label, column);
  for (let c = 0; c < k; c++) match(c, c);
  const free = [...taken.keys()].filter((column) => !taken[column]);
  for (let c = 0; c < k; c++) if (order[c] === -1) match(c, free.shift()!);
  return order;
}
