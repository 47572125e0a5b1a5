import type { Client } from "@winnow/client";
import type { Flag, Pruning, PruningReport, ReviewReport } from "@winnow/contracts";
import { CliError } from "../terminal/failure.js";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { count, pad } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";
import { evidenceLines } from "./evidence-lines.js";
import { levelLines } from "./level-lines.js";
import { NAME_WIDTH, noiseLines } from "./noise-lines.js";
import { reviewLines } from "./review-lines.js";
import { targetLines } from "./target-lines.js";
import { worstHeading, worstLines, worstRow } from "./worst-lines.js";

/** A ready pruning with its worst flags and what was decided about them. */
export type PruningWithWorst = Pruning & {
  readonly worst: readonly Flag[];
  readonly reviews: ReviewReport;
};

/** Reads a pruning, its `top` worst flags and its reviews. Throws `pruning-not-finished` unless it is ready. */
export async function readPruningReport(
  client: Client,
  id: string,
  top: number,
  signal: AbortSignal,
): Promise<PruningWithWorst> {
  const params = { id };
  const pruning = await client.call("getPruning", { params, signal });
  if (pruning.state !== "ready") {
    throw new CliError(
      "pruning-not-finished",
      `The pruning ${id} is ${pruning.state}; \`winnow jobs wait ${pruning.jobId}\` follows its job.`,
    );
  }
  const flags = await client.call("listFlags", { params, query: { limit: top }, signal });
  const reviews = await client.call("getReviewReport", { params, signal });
  return { ...pruning, worst: flags.data, reviews };
}

/** A pruning's rate, flags, warnings and worst rows as lines of at most `width` columns. */
export function pruningLines(
  { id, flagged, report, sampledNoise: sampled, worst, reviews }: PruningWithWorst,
  width: number,
  paint: Paint,
  { evidence = false }: { readonly evidence?: boolean | undefined } = {},
): string[] {
  if (report === null) return [];
  const { counts, thresholds, estimatedNoiseRate: rate, noise, truth, target, warnings } = report;
  const rows = counts.examples ?? 0;
  const all = flagged ?? 0;
  const reviewed = reviewLines(reviews, width, paint);
  return [
    ...hang(
      "",
      `${paint.bold(id)}  ${count(rows)} rows, ${count(thresholds.length)} classes`,
      width,
    ),
    "",
    paint.bold("Label noise"),
    ...noiseLines({ rows, flagged: all, rate, noise, sampled, truth }, width, paint),
    ...agreementLines(report.stability, all, width, paint),
    "",
    ...levelLines(report.levels, width, paint),
    ...(target ? [paint.bold("Target precision"), ...targetLines(target, width), ""] : []),
    ...(reviewed.length > 0 ? [paint.bold("Reviews"), ...reviewed, ""] : []),
    ...warnings.flatMap((warning) => warningLines(warning, width, paint)),
    ...(warnings.length > 0 ? [""] : []),
    paint.bold(worstHeading(worst.length)),
    ...worstLines(worst.map(worstRow), "line", width, paint),
    ...(evidence ? whyLines(report, worst, width, paint) : []),
    "",
    ...nextSteps(id, all > worst.length).flatMap((step) => hang("", paint.dim(step), width)),
  ];
}

function agreementLines(
  stability: PruningReport["stability"],
  flagged: number,
  width: number,
  paint: Paint,
): string[] {
  if (stability === null) return [];
  const { voters, unanimous } = stability;
  const text = `${count(unanimous)} of ${count(flagged)} flags are made by all ${voters.length} models alone`;
  return hang(`  ${paint.dim(pad("agreement", NAME_WIDTH))}`, text, width);
}

const NO_EVIDENCE: Record<NonNullable<PruningReport["evidence"]>, string | null> = {
  complete: null,
  "no-quick-model": "unknown: the run has no quick model, whose weights could say so",
  "not-asked": "unknown: the pruning was made without evidence",
};

function whyLines(
  { evidence }: PruningReport,
  worst: readonly Flag[],
  width: number,
  paint: Paint,
): string[] {
  const missing = evidence === null ? "unknown: an older pruning" : NO_EVIDENCE[evidence];
  const lines = missing === null ? worst.flatMap((flag) => evidenceLines(flag, width)) : [];
  return ["", paint.bold("Why"), ...(missing === null ? lines : hang("  ", missing, width))];
}

const nextSteps = (id: string, hasMore: boolean): string[] => [
  ...(hasMore ? [`More of them: winnow report ${id} --top 100`] : []),
  `The other rows: winnow export ${id} -o FILE`,
];
