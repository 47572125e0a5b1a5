import { type LabelIssues, noiseByClass, type Warning } from "@winnow/confident-learning";
import type { Evidence } from "@winnow/linear";
import type { FoundHere } from "../report/findings-lines.js";
import type { WorstRow } from "../report/worst-lines.js";
import type { AuditFlags } from "./find-flags.js";
import type { AuditFindings } from "./judge-rows.js";
import { type Judged, memberOpinions } from "./judge-with-vectors.js";
import { type NearRowLine, nearLines } from "./nearest.js";
import type { AuditRows } from "./read-file.js";
import { type Repeats, repeatsOf } from "./repeats.js";
import type { WrittenFile } from "./write-files.js";

/** A flag with what stands in the file. */
export type WorstFlag = Omit<WorstRow, "margin"> & {
  readonly record: number;
  readonly score: number;
  readonly evidence?: Evidence | undefined;
  /** The rows whose vectors are nearest, with their labels. */
  readonly nearest?: readonly NearRowLine[] | undefined;
  /** What each member says of both labels. */
  readonly members?: ReturnType<typeof memberOpinions>[number] | undefined;
};

/** Everything that an audit says. */
export interface AuditReport {
  readonly rows: number;
  readonly rejected: number;
  readonly classes: readonly string[];
  readonly repeats: Repeats;
  readonly issues: LabelIssues;
  readonly order: AuditFlags["order"];
  readonly temperature: number;
  /** The members of the pool, and what was chosen for the vectors. */
  readonly model: {
    readonly members: readonly { name: string; share: number; temperature: number }[];
    readonly vectors?: Judged["vectors"];
  };
  readonly cjk: boolean;
  readonly warnings: readonly (Warning | { readonly code: string; readonly message: string })[];
  readonly worst: readonly WorstFlag[];
  /** The record numbers of all flagged rows, the worst first. */
  readonly flagged: readonly number[];
  readonly files: readonly WrittenFile[];
  /** What else is wrong, where it was asked for. */
  readonly findings: FoundHere | undefined;
}

export interface ReportInput {
  readonly rows: AuditRows;
  readonly findings: AuditFindings;
  readonly top: number;
}

export function auditReport(
  { rows, findings, top }: ReportInput,
  files: readonly WrittenFile[],
): AuditReport {
  const { judged, cjk, flags, evidence, nearest } = findings;
  const { summary, texts, labels, lines, records } = rows;
  const { issues, scores, suggested } = flags;
  const names = summary.classes.map(({ name }) => name);
  const shown = Array.from(issues.indices.subarray(0, top));
  const doubts = shown.map((row) => ({ row, given: labels[row]!, suggested: suggested[row]! }));
  const opinions = judged.vectors && memberOpinions(judged.members, doubts);
  const vectors = judged.vectors;
  return {
    rows: issues.n,
    rejected: summary.profile.rejected.reduce((sum, { count }) => sum + count, 0),
    classes: names,
    repeats: repeatsOf(rows),
    issues,
    order: flags.order,
    temperature: judged.members[0]!.temperature,
    model: {
      members: judged.members.map(({ name, share, temperature }) => ({ name, share, temperature })),
      ...(vectors && { vectors }),
    },
    cjk,
    warnings: [...summary.profile.warnings, ...flags.warnings],
    worst: shown.map((row, i) => ({
      rank: i + 1,
      place: lines[row]!,
      record: records[row]!,
      given: names[labels[row]!]!,
      suggested: names[suggested[row]!]!,
      score: scores[row]!,
      text: texts.text(row),
      evidence: evidence?.of(row),
      nearest: nearest && nearLines(nearest, row, rows),
      members: opinions?.[i],
    })),
    flagged: Array.from(issues.indices, (row) => records[row]!),
    files,
    findings: findings.more,
  };
}

/** What `--json` prints. */
export function jsonReport(report: AuditReport) {
  const { issues, worst, ...rest } = report;
  return {
    ...rest,
    noiseRate: issues.noiseRate,
    noiseInterval: issues.noiseInterval,
    noise: issues.noise,
    byClass: noiseByClass(issues).map(({ class: c, ...noise }) => ({
      class: report.classes[c],
      ...noise,
    })),
    worst: worst.map(({ place: line, ...flag }) => ({ ...flag, line })),
  };
}
