import type { CorpusWarning } from "../rows/corpus-warning.js";
import { foldName } from "./fold-name.js";
import type { NormalizedLabel, SimilarClasses } from "./label-report.js";
import { shownName } from "./shown-name.js";

interface CountedName {
  name: string;
  count: number;
}

/** How many pairs or names a message lists. */
const LISTED = 5;

/** What table libraries write for a value that is not there. */
const MISSING_VALUES = new Set(
  "nan -nan null none n/a na <na> #n/a #na nat nil undefined".split(" "),
);

/** Class names that differ only in case, width, Unicode form or invisible characters, in pairs. */
export function similarClasses(classes: readonly CountedName[]): SimilarClasses[] {
  const groups = new Map<string, CountedName[]>();
  for (const one of classes) {
    const key = foldName(one.name);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [to, ...others] = [...group].sort((a, b) => b.count - a.count);
    if (!to) return [];
    return others.map((from) => ({
      from: from.name,
      to: to.name,
      fromCount: from.count,
      toCount: to.count,
    }));
  });
}

/** Warnings about the names of classes; `similar` are their pairs. */
export function classWarnings(
  classes: readonly CountedName[],
  similar: readonly SimilarClasses[],
): CorpusWarning[] {
  const warnings: CorpusWarning[] = [];
  if (similar.length > 0) {
    const listed = similar.map(
      ({ from, to, fromCount, toCount }) =>
        `${shownName(from)} (${fromCount}) and ${shownName(to)} (${toCount})`,
    );
    warnings.push({
      code: "similar-classes",
      message: `${similar.length} pairs of class names nearly agree (rows in brackets): ${listOf(listed)}. normalizeLabels (--normalize-labels) makes each pair one class.`,
    });
  }
  const missing = classes.filter(
    ({ name, count }) => count > 0 && MISSING_VALUES.has(name.toLowerCase()),
  );
  if (missing.length > 0) {
    const listed = missing.map(({ name, count }) => `${shownName(name)} (${count})`);
    warnings.push({
      code: "missing-value-classes",
      message: `Class names look like missing values (rows in brackets): ${listOf(listed)}. If these rows have no label, leave them out by an alias to nothing (--alias ${missing[0]!.name}=).`,
    });
  }
  return warnings;
}

/** Says which labels took another spelling. */
export function normalizedWarning(normalized: readonly NormalizedLabel[]): CorpusWarning {
  const listed = normalized.map(
    ({ from, to, count }) => `${shownName(from)} (${count}) as ${shownName(to)}`,
  );
  const message = `${normalized.length} spellings were read as another one (rows in brackets): ${listOf(listed)}.`;
  return { code: "labels-normalized", message };
}

/** The first of `items`, and how many more there are. */
function listOf(items: readonly string[]): string {
  const more = items.length - LISTED;
  const listed = items.slice(0, LISTED).join("; ");
  return more > 0 ? `${listed}; and ${more} more` : listed;
}
