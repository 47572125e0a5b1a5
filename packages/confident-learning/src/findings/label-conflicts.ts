/** Rows with nearly the same text and several labels. */
export interface LabelConflict {
  /** The rows, ascending. */
  readonly rows: readonly number[];
  /** Rows by class, the commonest first; of equals the one that comes first. */
  readonly labels: readonly { readonly label: number; readonly rows: number }[];
  /** The share of rows that have another label than the commonest. */
  readonly score: number;
}

export interface LabelConflicts {
  /** Groups of near-duplicates, those with several labels, and the rows in these. */
  readonly groups: number;
  readonly conflicting: number;
  readonly rows: number;
  /** The highest scores first, then the largest. */
  readonly found: readonly LabelConflict[];
}

/** Among groups of near-duplicates, (n), by the first row of each, those whose labels differ. */
export function labelConflicts(groups: Int32Array, labels: ArrayLike<number>): LabelConflicts {
  const n = groups.length;
  const sizes = new Int32Array(n);
  const isMixed = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    sizes[group]! += 1;
    if (labels[i] !== labels[group]) isMixed[group] = 1;
  }
  const members = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    if (isMixed[group] === 0) continue;
    const own = members.get(group);
    if (own) own.push(i);
    else members.set(group, [i]);
  }
  const found = [...members.values()].map((rows) => conflictOf(rows, labels));
  found.sort(
    (a, b) => b.score - a.score || b.rows.length - a.rows.length || a.rows[0]! - b.rows[0]!,
  );
  return {
    groups: sizes.reduce((sum, size) => sum + (size > 1 ? 1 : 0), 0),
    conflicting: found.length,
    rows: found.reduce((sum, { rows }) => sum + rows.length, 0),
    found,
  };
}

function conflictOf(rows: readonly number[], labels: ArrayLike<number>): LabelConflict {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1);
  const sorted = [...counts].map(([label, own]) => ({ label, rows: own }));
  sorted.sort((a, b) => b.rows - a.rows);
  return { rows, labels: sorted, score: 1 - sorted[0]!.rows / rows.length };
}
