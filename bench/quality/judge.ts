import { arraySource, compareWithTruth, findLabelIssues } from "@winnow/confident-learning";
import type { Predictions } from "./cross-validate.js";
import { BARS, type QualitySet } from "./sets.js";

/** What one model's probabilities are worth on a set. */
export interface Verdict {
  readonly what: string;
  /** Accuracy against the given and against the true labels. */
  readonly given: number;
  readonly clean: number;
  readonly flags: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Average precision of all rows by margin, and by posterior. */
  readonly margin: number;
  readonly posterior: number;
  readonly seconds: number;
}

/** Flags by prune_by_noise_rate, held against the true labels. */
export async function judge(
  what: string,
  set: QualitySet,
  { probs, seconds }: Predictions,
): Promise<Verdict> {
  const { classes, given, clean } = set;
  const issues = await findLabelIssues(arraySource(given, probs, classes), { everyRow: true });
  const truth = compareWithTruth(issues, clean);
  if (truth === undefined) throw new Error(`${set.name} has no true labels`);
  return {
    what,
    ...accuracies(set, probs),
    flags: issues.indices.length,
    precision: truth.precision ?? 0,
    recall: truth.recall ?? 0,
    f1: truth.f1 ?? 0,
    margin: truth.averagePrecision.normalizedMargin ?? 0,
    posterior: truth.averagePrecision.posterior ?? 0,
    seconds,
  };
}

function accuracies({ given, clean, classes }: QualitySet, probs: Float32Array) {
  let right = 0;
  let rightClean = 0;
  given.forEach((label, row) => {
    const own = probs.subarray(row * classes, (row + 1) * classes);
    const best = own.indexOf(Math.max(...own));
    if (best === label) right++;
    if (best === clean[row]) rightClean++;
  });
  return { given: right / given.length, clean: rightClean / given.length };
}

/** The set's table, then the mean of the encoder's seeds against the bars. */
export function print(set: QualitySet, rows: readonly Verdict[], own: readonly Verdict[]): void {
  const wrong = set.given.filter((label, row) => label !== set.clean[row]).length;
  const share = ((100 * wrong) / set.given.length).toFixed(1);
  console.log(`\n${set.name}: ${set.given.length} rows, ${share} % wrong`);
  console.log(
    "given  clean   flags  prec.  recall  F1     AP margin  AP posterior  seconds  model",
  );
  for (const row of rows) console.log(lineOf(row));
  const mean = meanOf(own);
  if (mean === undefined) return;
  console.log(lineOf(mean));
  const bars = BARS[set.name];
  const held = (value: number, bar: number) =>
    `${f(value)} ${value >= bar ? ">=" : "BELOW"} ${bar}`;
  console.log(
    `bars: AP margin ${held(mean.margin, bars.margin)}, precision ${held(mean.precision, bars.precision)}, AP posterior ${held(mean.posterior, bars.posterior)} (beyond: ${bars.beyond})`,
  );
}

function meanOf(verdicts: readonly Verdict[]): Verdict | undefined {
  if (verdicts.length === 0) return undefined;
  const mean = (key: Exclude<keyof Verdict, "what">) =>
    verdicts.reduce((sum, verdict) => sum + verdict[key], 0) / verdicts.length;
  return {
    what: "ALBERT, mean of the seeds",
    given: mean("given"),
    clean: mean("clean"),
    flags: Math.round(mean("flags")),
    precision: mean("precision"),
    recall: mean("recall"),
    f1: mean("f1"),
    margin: mean("margin"),
    posterior: mean("posterior"),
    seconds: mean("seconds"),
  };
}

function lineOf(row: Verdict): string {
  const flags = String(row.flags).padStart(6);
  const seconds = row.seconds.toFixed(0).padStart(5);
  return `${f(row.given)}  ${f(row.clean)}  ${flags}  ${f(row.precision)}  ${f(row.recall)}   ${f(row.f1)}  ${f(row.margin)}      ${f(row.posterior)}         ${seconds}    ${row.what}`;
}

const f = (value: number): string => value.toFixed(3);
