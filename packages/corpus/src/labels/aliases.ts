import { distance } from "fastest-levenshtein";
import type { LabelAlias } from "../options/label-policy.js";

/** A name that looks like a misspelling of another, more frequent one. It is only a suggestion. */
export interface AliasSuggestion extends LabelAlias {
  fromCount: number;
  toCount: number;
  /** Edits between the two names; 0 if they differ only in case, width or separators. */
  distance: number;
}

/** If the shorter name is shorter than this, one or two edits make a different word. */
const LEAST_LENGTH = { one: 5, two: 9 };

/**
 * Pairs of class names that are probably the same: equal except for case, width, blanks, "-" and
 * "_", or in one level of their paths one edit apart (at least 5 characters) or two (at least 9).
 * The rarer name is `from`. Nearest first, then most frequent. Takes k * k / 2 comparisons.
 */
export function suggestAliases(
  classes: readonly { name: string; count: number }[],
): AliasSuggestion[] {
  const ranked = [...classes].sort((a, b) => b.count - a.count);
  const names = ranked.map(({ name }) => ({ name, levels: name.split("/").map(plain) }));
  const suggestions: AliasSuggestion[] = [];
  for (let rare = 1; rare < names.length; rare += 1) {
    let best: { to: number; edits: number } | null = null;
    for (let frequent = 0; frequent < rare; frequent += 1) {
      const edits = editsBetween(names[rare]!.levels, names[frequent]!.levels);
      if (edits !== null && (best === null || edits < best.edits)) best = { to: frequent, edits };
    }
    if (!best) continue;
    const from = ranked[rare]!;
    const to = ranked[best.to]!;
    suggestions.push({
      from: from.name,
      to: to.name,
      fromCount: from.count,
      toCount: to.count,
      distance: best.edits,
    });
  }
  return suggestions.sort((a, b) => a.distance - b.distance || b.toCount - a.toCount);
}

/** How far two paths are apart, or null if more than a misspelling in one level separates them. */
function editsBetween(a: readonly string[], b: readonly string[]): number | null {
  if (a.length !== b.length) return null;
  let edits = 0;
  let differing = 0;
  for (let i = 0; i < a.length; i += 1) {
    const left = a[i]!;
    const right = b[i]!;
    if (left === right) continue;
    differing += 1;
    if (differing > 1 || Math.abs(left.length - right.length) > 2) return null;
    const shorter = Math.min(left.length, right.length);
    if (shorter < LEAST_LENGTH.one || digitsOf(left) !== digitsOf(right)) return null;
    edits = distance(left, right);
    if (edits > (shorter >= LEAST_LENGTH.two ? 2 : 1)) return null;
  }
  return edits;
}

/** Names that differ in a number differ on purpose. */
function digitsOf(name: string): string {
  return name.replace(/\D+/g, " ");
}

function plain(level: string): string {
  return level
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, "");
}
