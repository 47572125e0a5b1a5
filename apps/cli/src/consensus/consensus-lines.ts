import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, fit, percent, replacedNote } from "../terminal/text.js";
import type { ConsensusReport } from "./run-consensus.js";

const MAX_NAME = 32;
/** Annotators that are listed, the worst first. */
const LISTED = 30;

/** Figures of all rows, for people and for `--json`. */
export function consensusFigures({ rows, consensus }: ConsensusReport) {
  const { labels, majority, quality, agreement } = consensus;
  const { votes, summary } = rows;
  const several = agreement.filter((_, i) => votes.starts[i + 1]! - votes.starts[i]! > 1);
  const disagreed = several.filter((share) => share < 1).length;
  return {
    rows: votes.n,
    rejected: summary.profile.rejected.reduce((sum, { count: own }) => sum + own, 0),
    classes: summary.classes.map(({ name }) => name),
    votes: votes.label.length,
    rowsOfSeveralVotes: several.length,
    rowsOfDisagreement: disagreed,
    againstMajority: labels.filter((label, i) => label !== majority[i]).length,
    meanQuality: quality.reduce((sum, own) => sum + own, 0) / Math.max(1, quality.length),
    modelWeight: consensus.modelWeight,
  };
}

/** By annotator, the worst first; null for what an annotator without votes has not. */
export function annotatorFigures({ rows, consensus }: ConsensusReport) {
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  return consensus.annotators
    .map((one) => ({
      annotator: rows.annotators[one.annotator]!,
      votes: one.votes,
      quality: known(one.quality),
      agreementWithConsensus: known(one.agreementWithConsensus),
      agreementWithOthers: known(one.agreementWithOthers),
      weight: one.weight,
      worstClass: rows.summary.classes[one.worstClass]?.name ?? null,
    }))
    .sort((a, b) => (a.quality ?? 2) - (b.quality ?? 2));
}

/** What the votes come to, as lines of at most `width` columns. */
export function consensusLines(report: ConsensusReport, width: number, paint: Paint): string[] {
  const figures = consensusFigures(report);
  const facts = [
    `${count(figures.rows)} rows`,
    `${count(figures.classes.length)} classes`,
    `${count(figures.votes)} votes`,
    ...(figures.rejected > 0 ? [`${count(figures.rejected)} rejected`] : []),
  ];
  const disagreement =
    `${count(figures.rowsOfSeveralVotes)} rows have several votes  ` +
    `in ${count(figures.rowsOfDisagreement)} somebody disagrees with the consensus`;
  const consensus =
    `${count(figures.againstMajority)} rows against their majority vote  ` +
    `quality ${figures.meanQuality.toFixed(3)} on average`;
  return [
    ...hang("", facts.join("  "), width),
    ...hang("  votes      ", disagreement, width),
    ...hang("  consensus  ", consensus, width),
    "",
    paint.bold("Annotators, the worst first"),
    ...annotatorLines(report, width, paint),
    "",
    paint.bold("Files"),
    ...report.files.flatMap(({ path, isReplaced }) =>
      hang("  ", `${path}${replacedNote(isReplaced)}`, width),
    ),
  ];
}

function annotatorLines(report: ConsensusReport, width: number, paint: Paint): string[] {
  const all = annotatorFigures(report);
  const heads = ["  annotator", "votes", "quality", "agreement", "with others", "worst class"];
  const lines = all
    .slice(0, LISTED)
    .map((one) => [
      `  ${fit(one.annotator, MAX_NAME)}`,
      count(one.votes),
      one.quality === null ? "-" : one.quality.toFixed(3),
      one.agreementWithConsensus === null ? "-" : percent(one.agreementWithConsensus),
      one.agreementWithOthers === null ? "-" : percent(one.agreementWithOthers),
      one.worstClass === null ? "-" : fit(one.worstClass, MAX_NAME),
    ]);
  const more = all.length - lines.length;
  return [
    ...table([heads.map(paint.dim), ...lines], { right: new Set([1, 2, 3, 4]), width }),
    ...(more > 0 ? hang("  ", `and ${count(more)} more`, width) : []),
  ];
}
