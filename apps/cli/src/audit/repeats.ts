import type { AuditRows } from "./read-file.js";

/** Texts that a file has more than once, and what their labels say. */
export interface Repeats {
  /** Rows whose text came before, and texts with several labels. */
  readonly rows: number;
  readonly conflictingTexts: number;
  readonly conflicts: readonly {
    readonly text: string;
    readonly line: number;
    readonly labels: readonly string[];
  }[];
  readonly near: {
    /** Groups of nearly equal texts, exact repeats among them; rows that are not their group's first. */
    readonly groups: number;
    readonly rows: number;
    readonly conflictingGroups: number;
    /** Conflicting groups of texts that are not all equal. */
    readonly examples: readonly {
      readonly text: string;
      readonly lines: readonly number[];
      readonly labels: readonly string[];
    }[];
  };
}

const EXAMPLES = 20;
const LISTED_LINES = 3;

export function repeatsOf({ summary, texts, labels, lines, groups }: AuditRows): Repeats {
  const { duplicates } = summary.profile;
  const sizes = new Int32Array(groups.length);
  const hasConflict = new Uint8Array(groups.length);
  for (let row = 0; row < groups.length; row++) {
    const group = groups[row]!;
    sizes[group]! += 1;
    if (labels[row] !== labels[group]) hasConflict[group] = 1;
  }
  let groupCount = 0;
  let conflicting = 0;
  let repeated = 0;
  for (let group = 0; group < sizes.length; group++) {
    if (sizes[group]! < 2) continue;
    groupCount += 1;
    repeated += sizes[group]! - 1;
    conflicting += hasConflict[group]!;
  }
  const examples = new Map<number, { lines: number[]; labels: Set<string>; differs: boolean }>();
  for (let row = 0; row < groups.length && conflicting > 0; row++) {
    const group = groups[row]!;
    if (hasConflict[group] === 0) continue;
    let example = examples.get(group);
    if (example === undefined) {
      if (examples.size >= EXAMPLES) continue;
      example = { lines: [], labels: new Set(), differs: false };
      examples.set(group, example);
    }
    if (example.lines.length < LISTED_LINES) example.lines.push(lines[row]!);
    example.labels.add(summary.classes[labels[row]!]!.name);
    example.differs ||= texts.text(row) !== texts.text(group);
  }
  return {
    rows: duplicates.texts,
    conflictingTexts: duplicates.conflictingTexts,
    conflicts: duplicates.examples,
    near: {
      groups: groupCount,
      rows: repeated,
      conflictingGroups: conflicting,
      examples: [...examples]
        .filter(([, { differs }]) => differs)
        .map(([group, example]) => ({
          text: texts.text(group),
          lines: example.lines,
          labels: [...example.labels],
        })),
    },
  };
}
