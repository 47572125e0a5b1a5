/**
 * The permutation that maximises the sum of `gains` (k, k) over its cells: element r is the column
 * of row r. Shortest augmenting paths with potentials (Jonker and Volgenant 1987): O(k^3) at worst,
 * near O(k^2) where most rows have a column of their own.
 */
export function bestAssignment(gains: Float64Array, k: number): Int32Array {
  const state = {
    columnOf: new Int32Array(k).fill(-1),
    rowOf: new Int32Array(k).fill(-1),
    rowPotential: new Float64Array(k),
    columnPotential: new Float64Array(k),
  };
  for (let row = 0; row < k; row++) {
    let best = 0;
    for (let j = 1; j < k; j++) if (gains[row * k + j]! > gains[row * k + best]!) best = j;
    state.rowPotential[row] = -gains[row * k + best]!;
    if (state.rowOf[best] !== -1) continue;
    state.rowOf[best] = row;
    state.columnOf[row] = best;
  }
  for (let row = 0; row < k; row++) if (state.columnOf[row] === -1) augment(row, gains, k, state);
  return state.columnOf;
}

interface Matching {
  /** -1: not matched yet. */
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
  /** cost[r, c] >= rowPotential[r] + columnPotential[c], with equality in matched cells. */
  readonly rowPotential: Float64Array;
  readonly columnPotential: Float64Array;
}

/** Dijkstra from a free row to the nearest free column; then the path's matches are exchanged. */
function augment(start: number, gains: Float64Array, k: number, matching: Matching): void {
  const { columnOf, rowOf, rowPotential, columnPotential } = matching;
  const distance = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  const cameFrom = new Int32Array(k).fill(start);
  const done = new Uint8Array(k);
  let row = start;
  let reached = 0;
  let end = -1;
  while (end < 0) {
    let next = -1;
    for (let j = 0; j < k; j++) {
      if (done[j]) continue;
      const cost = -gains[row * k + j]! - rowPotential[row]! - columnPotential[j]!;
      if (reached + cost < distance[j]!) {
        distance[j] = reached + cost;
        cameFrom[j] = row;
      }
      if (next < 0 || distance[j]! < distance[next]!) next = j;
    }
    reached = distance[next]!;
    done[next] = 1;
    if (rowOf[next] === -1) end = next;
    else row = rowOf[next]!;
  }
  rowPotential[start]! += reached;
  for (let j = 0; j < k; j++) {
    if (!done[j] || j === end) continue;
    columnPotential[j]! -= reached - distance[j]!;
    rowPotential[rowOf[j]!]! += reached - distance[j]!;
  }
  for (let column = end; column >= 0; ) {
    const from = cameFrom[column]!;
    const before = columnOf[from]!;
    columnOf[from] = column;
    rowOf[column] = from;
    column = before;
  }
}
