import type { Findings } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, fit, percent } from "../terminal/text.js";

const MAX_NAME = 24;
/** Of each part, where nobody says how many. */
const SHOWN = 10;

/** Findings without the run that they are of. */
export type FoundHere = Omit<Findings, "crossValidationId">;

/**
 * What else was found, as lines of at most `width` columns: what to look at first comes first. Each part
 * lists at most `shown`, and says how many it leaves out.
 */
export function findingsLines(
  found: FoundHere,
  width: number,
  paint: Paint,
  shown = SHOWN,
): string[] {
  return [
    ...section("Near-duplicates whose labels differ", conflictLines(found, width, shown), paint),
    ...section("Rows that fit no class", outlierLines(found, width, shown), paint),
    ...section("Groups where the model is weak", groupLines(found, width, shown), paint),
    ...section("Order of the labels", orderLines(found, width), paint),
    ...section("Class names that nearly agree", nameLines(found, width, shown), paint),
  ];
}

function conflictLines({ conflicts }: FoundHere, width: number, shown: number): string[] {
  const { groups, conflicting, rows, found } = conflicts;
  const facts = `${count(conflicting)} of ${count(groups)} groups of near-duplicates, ${count(rows)} rows`;
  const lines = found.slice(0, shown).map((one) => {
    const labels = one.labels.map(({ label, rows: own }) => `${fit(label, MAX_NAME)} ${own}`);
    const at = one.rows.map(({ line }) => line).join(", ");
    const more = one.size > one.rows.length ? ", ..." : "";
    return fit(
      `  ${percent(one.score)}  lines ${at}${more}  ${labels.join(", ")}: ${one.rows[0]!.text}`,
      width,
    );
  });
  return [...hang("  ", facts, width), ...lines, ...andMore(lines.length, conflicting)];
}

function outlierLines({ outliers, rows }: FoundHere, width: number, shown: number): string[] {
  const { basis, count: all, cut, found } = outliers;
  const facts = `${count(all)} of ${count(rows)} rows, by their ${basis}, above a score of ${cut.toFixed(1)}`;
  const lines = found
    .slice(0, shown)
    .map(({ score, line, label, text }) =>
      fit(`  ${score.toFixed(1)}  line ${line}  ${fit(label, MAX_NAME)}: ${text}`, width),
    );
  return [...hang("  ", facts, width), ...lines, ...andMore(lines.length, all)];
}

function groupLines({ weakGroups }: FoundHere, width: number, shown: number): string[] {
  const { tested, level, found } = weakGroups;
  const facts =
    `${count(found.length)} of ${count(tested)} tested; where none is weak, one or more is listed ` +
    `in ${percent(level)} of datasets at most`;
  const head = ["  by", "group", "rows", "right", "95 %", "expected", "p"];
  const lines = found
    .slice(0, shown)
    .map(({ by, group, rows, accuracy, expected, adjustedP }) => [
      `  ${fit(by, MAX_NAME)}`,
      fit(group, MAX_NAME),
      count(rows),
      percent(accuracy.estimate),
      `${percent(accuracy.low)} to ${percent(accuracy.high)}`,
      percent(expected),
      chance(adjustedP),
    ]);
  return [
    ...hang("  ", facts, width),
    ...(lines.length > 0 ? table([head, ...lines], { width, right: new Set([2, 3, 5]) }) : []),
    ...andMore(lines.length, found.length),
  ];
}

const ORDERS = {
  sorted:
    "neighbours share a label more often than by chance: the file is sorted, or crawled class by class",
  alternating: "neighbours share a label less often than by chance: classes take turns",
  drifting: "classes are more frequent in some parts of the file than in others",
} as const;

function orderLines({ labelOrder }: FoundHere, width: number): string[] {
  const { kind, p, neighbours, drift } = labelOrder;
  const facts =
    kind === null
      ? `as by chance  p ${chance(p)}`
      : `${ORDERS[kind]}; shuffle before you split by position  p ${chance(p)}`;
  const counts =
    `${count(neighbours.equal)} of ${count(neighbours.pairs)} neighbours have the same label, ` +
    `${count(Math.round(neighbours.expected))} expected` +
    (drift ? `  class shares of ${drift.parts} parts: V ${drift.strength.toFixed(3)}` : "");
  return [...hang("  ", facts, width), ...hang("  ", counts, width)];
}

function nameLines({ similarClasses }: FoundHere, width: number, shown: number): string[] {
  if (similarClasses.length === 0) return hang("  ", "none", width);
  const lines = similarClasses
    .slice(0, shown)
    .map(({ from, to, fromCount, toCount }) =>
      fit(
        `  ${JSON.stringify(from)} ${fromCount} rows, ${JSON.stringify(to)} ${toCount} rows`,
        width,
      ),
    );
  return [...lines, ...andMore(lines.length, similarClasses.length)];
}

const chance = (p: number): string => (p < 1e-4 ? "< 0.0001" : p.toFixed(4));

const andMore = (listed: number, all: number): string[] => {
  const rest = all - listed;
  return rest > 0 ? [`  and ${count(rest)} more`] : [];
};

const section = (title: string, lines: readonly string[], paint: Paint): string[] => [
  "",
  paint.bold(title),
  ...lines,
];
