import { type LabelIssues, noiseByClass } from "@winnow/confident-learning";
import { evidenceLines } from "../report/evidence-lines.js";
import { findingsLines } from "../report/findings-lines.js";
import { noiseLines } from "../report/noise-lines.js";
import { type WorstRow, worstHeading, worstLines } from "../report/worst-lines.js";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, fit, percent, replacedNote } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";
import type { AuditReport, WorstFlag } from "./audit-report.js";

/** Classes that are listed, the noisiest first. */
const CLASSES = 15;
const CONFLICTS = 5;
const MAX_NAME = 32;

/** What an audit found, as lines of at most `width` columns. */
export function auditLines(report: AuditReport, width: number, paint: Paint): string[] {
  const { rows, rejected, classes, issues, warnings, worst, files, findings } = report;
  const facts = [
    `${count(rows)} rows`,
    `${count(classes.length)} classes`,
    ...(rejected > 0 ? [`${count(rejected)} rejected`] : []),
  ];
  return [
    ...hang("", facts.join("  "), width),
    ...section("Repeated texts", repeatLines(report, width), paint),
    "",
    paint.bold("Label noise"),
    ...noiseLines(
      { rows, flagged: issues.indices.length, rate: issues.noiseRate, noise: issues.noise },
      width,
      paint,
    ),
    ...section("By given class", classLines(issues, classes, width, paint), paint),
    "",
    paint.bold(worstHeading(worst.length)),
    ...worstLines(worst.map(rowOf), "line", width, paint, "odds"),
    ...section(
      "Why",
      worst.flatMap((one) => evidenceLines(one, width)),
      paint,
    ),
    ...section(
      "Nearest rows by vectors",
      worst.flatMap((one) => nearestLines(one, width)),
      paint,
    ),
    ...(findings ? findingsLines(findings, width, paint) : []),
    ...(warnings.length > 0 ? [""] : []),
    ...warnings.flatMap((warning) => warningLines(warning, width, paint)),
    ...section(
      "Files",
      files.flatMap(({ path, rows: own, isReplaced }) =>
        hang("  ", `${path}  ${count(own)} rows${replacedNote(isReplaced)}`, width),
      ),
      paint,
    ),
  ];
}

const rowOf = ({ score, ...row }: WorstFlag): WorstRow => ({ ...row, margin: score });

function repeatLines({ repeats }: AuditReport, width: number): string[] {
  const { rows, conflictingTexts, conflicts, near } = repeats;
  if (rows === 0 && near.groups === 0) return [];
  const exact = `${count(rows)} rows repeat a text  ${count(conflictingTexts)} texts have several labels`;
  const nearly =
    `${count(near.rows)} rows nearly repeat another, in ${count(near.groups)} groups  ` +
    `${count(near.conflictingGroups)} groups have several labels`;
  return [
    ...hang("  exact   ", exact, width),
    ...conflicts.slice(0, CONFLICTS).map(({ line, labels, text }) => {
      const names = labels.map((name) => fit(name, MAX_NAME)).join(", ");
      return fit(`    line ${line}  ${names}: ${text}`, width);
    }),
    ...hang("  nearly  ", nearly, width),
    ...near.examples.slice(0, CONFLICTS).map(({ lines, labels, text }) => {
      const names = labels.map((name) => fit(name, MAX_NAME)).join(", ");
      return fit(`    lines ${lines.join(", ")}  ${names}: ${text}`, width);
    }),
  ];
}

function classLines(
  issues: LabelIssues,
  names: readonly string[],
  width: number,
  paint: Paint,
): string[] {
  const all = noiseByClass(issues).filter(({ rows }) => rows > 0);
  const noisiest = all.sort((a, b) => b.rate - a.rate || a.class - b.class).slice(0, CLASSES);
  const head = ["  class", "rows", "flagged", "noise", "95 %"].map(paint.dim);
  const lines = noisiest.map(({ class: c, rows, flagged, rate, interval }) => [
    `  ${fit(names[c]!, MAX_NAME)}`,
    count(rows),
    count(flagged),
    percent(rate),
    `${percent(interval.low)} to ${percent(interval.high)}`,
  ]);
  const more = all.length - noisiest.length;
  return [
    ...table([head, ...lines], { right: new Set([1, 2, 3]), width }),
    ...(more > 0 ? [paint.dim(`  and ${count(more)} more with less`)] : []),
  ];
}

function nearestLines({ rank, nearest }: WorstFlag, width: number): string[] {
  if (nearest === undefined) return [];
  const room = Math.max(MAX_NAME, width - 60);
  const lines = nearest.map(
    ({ line, label, similarity, text }) =>
      `${similarity.toFixed(2)}  line ${line}  ${fit(label, MAX_NAME)}  ${fit(text, room)}`,
  );
  const blanks = " ".repeat(String(rank).length + 4);
  return lines.map((line, i) => fit(`${i === 0 ? `  ${rank}  ` : blanks}${line}`, width));
}

const section = (title: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ["", paint.bold(title), ...lines];
