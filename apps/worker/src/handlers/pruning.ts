import {
  compareWithTruth,
  type FindOptions,
  findLabelIssues,
  findLabelIssuesPerFold,
  type LabelIssues,
  passesOf,
  precisionCurve,
  secondRoundWarnings,
  splitByFold,
  type TruthComparison,
} from "@winnow/confident-learning";
import {
  type OwnWarning,
  type PruningOptions,
  PruningParams,
  type PruningReport,
} from "@winnow/contracts";
import {
  classNames,
  type FlagRow,
  findQuickRun,
  finishedCrossValidation,
  listVoters,
  type PruningMatrices,
  readConfusion,
  readDecided,
  readRowFolds,
  readTrueLabels,
  type Store,
  writePruning,
} from "@winnow/store";
import type { Handler } from "../tasks/handler.js";
import { MADE_BY } from "../trainer/made-by.js";
import { byHierarchy, levelReports } from "./hierarchy.js";
import { probabilitySource } from "./probability-source.js";
import { stabilityOf, stabilityReport, takeVotes, type Votes } from "./stability.js";
import { aimAt } from "./target-precision.js";

/**
 * Streams a cross-validation's probabilities through confident learning and writes the result: over
 * all rows together, or with scope "fold" over each fold separately.
 */
export const prune: Handler = async (claim, deps) => {
  const { store, signal } = deps;
  const params = PruningParams.parse(claim.params);
  const { crossValidationId, scope, targetPrecision, stability, evidence, ...more } = params;
  const { hierarchy, reviews, ...others } = more;
  const { experimentId: _id, experimentNoise: _noise, experimentRate: _rate, ...asked } = others;
  const run = await finishedCrossValidation(store, crossValidationId);
  const names = await classNames(store, run.datasetId);
  const models = await listVoters(store, crossValidationId);
  const voters = stability ? models : [];
  const passesBy = (order: NonNullable<FindOptions["order"]>) =>
    (scope === "fold" ? 1 : passesOf({ ...asked, order })) * run.rows;
  const [own, each] = [passesBy(asked.order), passesBy("none")];
  const steps = own + (voters.length < 2 ? 0 : voters.length * each);
  await deps.announce({ step: 0, steps, phase: "pruning" });
  const folds = await readRowFolds(store, crossValidationId, run.rows);
  const trueLabels = await readTrueLabels(store, run.datasetId);
  const source = probabilitySource(store, crossValidationId, run.rows, run.classes);
  const options: FindOptions = {
    ...findOptions(asked),
    everyRow: trueLabels !== null || targetPrecision !== undefined,
    classNames: names,
    signal,
    onProgress: ({ pass, rows, n }) => deps.beat({ step: (pass - 1) * n + rows }),
  };
  const scored =
    scope === "fold"
      ? await findLabelIssuesPerFold(splitByFold(source, folds), options)
      : await findLabelIssues(source, options);
  const target = targetPrecision === undefined ? null : await aimAt(store, params, run, scored);
  const issues = target ? await findLabelIssues(source, { ...options, ...target.options }) : scored;
  const votes = await takeVotes({
    store,
    voters,
    scope,
    options: { ...options, ...target?.options },
    sourceOf: (id) => probabilitySource(store, id, run.rows, run.classes),
    onProgress: (voter, rows) => deps.beat({ step: own + voter * each + rows }),
  });
  signal.throwIfAborted();
  const decided = reviews === "follow" ? await readDecided(store, run.datasetId, run.rows) : null;
  const open = byHierarchy(hierarchy, issues, undecided(issues, decided), names);
  const levels = levelReports(issues, names, await readConfusion(store, crossValidationId));
  const truth = trueLabels === null ? undefined : compareWithTruth(issues, trueLabels);
  const { order } = asked;
  const curve =
    trueLabels !== null && (order === "error_odds" || order === "posterior")
      ? precisionCurve(issues, trueLabels, order)
      : undefined;
  const members = new Set(models.map(({ member }) => member));
  // What speaks against a second round was measured without vectors.
  const hasSecondRound = members.has("second") && !members.has("vectors");
  const warnings: OwnWarning[] = [
    ...issues.warnings,
    ...(hasSecondRound ? secondRoundWarnings(issues) : []),
  ];
  deps.beat({ phase: "writing" });
  await writePruning(
    store,
    claim,
    flagRows(issues, open, folds, votes),
    {
      ...report(issues, open.length, truth, warnings),
      stability: stabilityReport(votes, rowsAt(issues, open)),
      ...(target && { target: target.promise }),
      ...(levels && { levels }),
    },
    { ...matrices(issues, open, truth, names), truthCurve: curve, winnow: MADE_BY.winnow },
    await evidenceOf(store, crossValidationId, { isAsked: evidence, flagged: open.length }),
  );
};

/** Whether a task finds the flags' evidence afterwards, or why not. */
async function evidenceOf(
  store: Store,
  crossValidationId: string,
  { isAsked, flagged }: { readonly isAsked: boolean; readonly flagged: number },
): Promise<"wanted" | "complete" | "no-quick-model" | "not-asked"> {
  if (!isAsked) return "not-asked";
  if ((await findQuickRun(store, crossValidationId)) === null) return "no-quick-model";
  return flagged > 0 ? "wanted" : "complete";
}

/** Options of a pruning that confident learning does not know. */
type OwnOptions = "scope" | "stability" | "evidence" | "hierarchy" | "reviews";
/** Every other one. One that confident learning lacks does not compile. */
type PassedOptions = Pick<FindOptions, Exclude<keyof PruningOptions, OwnOptions>>;

/** The given options, without those that are undefined. */
function findOptions(asked: Omit<PruningOptions, OwnOptions>): PassedOptions {
  const { method, order } = asked;
  // Where a joint chooses and the error odds only sort, the posterior may be the given label itself.
  const isSorted = order === "error_odds" && method !== "error_odds" && method !== "posterior";
  const options = { suggestion: isSorted ? ("argmax" as const) : undefined, ...asked };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The places of the flags about which nobody has decided yet: the others are not flagged again. */
function undecided({ indices }: LabelIssues, decided: Uint8Array | null): Int32Array {
  const places = Int32Array.from(indices, (_, place) => place);
  if (decided === null) return places;
  return places.filter((place) => decided[indices[place]!] === 0);
}

/** The rows of the flags at these places. */
function* rowsAt({ indices }: LabelIssues, places: Int32Array): Generator<number> {
  for (const place of places) yield indices[place]!;
}

/** Yields one flag at a time: millions of them would not fit into memory. */
function* flagRows(
  issues: LabelIssues,
  places: Int32Array,
  folds: Uint8Array,
  votes: Votes | null,
): Generator<FlagRow> {
  for (const [rank, place] of places.entries()) {
    const flag = issues.flagAt(place);
    yield {
      rank,
      ordinal: flag.index,
      given: flag.given,
      suggested: flag.suggested,
      fold: folds[flag.index]!,
      selfConfidence: flag.selfConfidence,
      normalizedMargin: flag.normalizedMargin,
      errorProbability: flag.errorProbability,
      errorOdds: flag.errorOdds ?? null,
      suggestedProbability: flag.suggestedProbability,
      stability: stabilityOf(votes, flag.index),
      reason: { ...flag.reason },
    };
  }
}

function report(
  issues: LabelIssues,
  flagged: number,
  truth: TruthComparison | undefined,
  warnings: readonly OwnWarning[],
): Omit<PruningReport, "stability" | "evidence"> {
  return {
    counts: { ...issues.counts, flagged, droppedByReview: issues.indices.length - flagged },
    thresholds: [...issues.thresholds],
    healthScore: issues.health.overall,
    estimatedNoiseRate: issues.noiseRate,
    estimatedNoiseInterval: { ...issues.noiseInterval },
    noise: issues.noise,
    truth: truth === undefined ? null : truthFigures(truth),
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  };
}

const truthFigures = (truth: TruthComparison): PruningReport["truth"] => ({
  rows: truth.rows,
  errors: truth.errors,
  noiseRate: truth.noiseRate,
  precision: truth.precision,
  recall: truth.recall,
  f1: truth.f1,
  averagePrecision: {
    ...truth.averagePrecision,
    errorOdds: truth.averagePrecision.errorOdds ?? null,
  },
  totalVariation: truth.totalVariation,
});

function matrices(
  issues: LabelIssues,
  places: Int32Array,
  truth: TruthComparison | undefined,
  names: readonly string[],
): PruningMatrices {
  const nameOf = (index: number) => names[index] ?? String(index);
  const flagged = new Map<number, number>();
  for (const place of places) {
    const { given } = issues.flagAt(place);
    flagged.set(given, (flagged.get(given) ?? 0) + 1);
  }
  return {
    classes: [...names],
    confidentJoint: issues.confidentJoint,
    joint: issues.joint,
    trueJoint: truth === undefined ? null : rowsOf(truth.joint, issues.k),
    posteriorJoint: rowsOf(issues.posteriorJoint, issues.k),
    perClass: issues.health.classes.map((health) => ({
      index: health.class,
      name: nameOf(health.class),
      given: issues.classCounts[health.class] ?? 0,
      flagged: flagged.get(health.class) ?? 0,
      labelNoise: health.noise,
      inverseLabelNoise: health.inverseNoise,
      labelQuality: health.quality,
      trueLabelNoise: truth?.noise[health.class] ?? null,
      trueInverseLabelNoise: truth?.inverseNoise[health.class] ?? null,
    })),
    pairs: issues.health.pairs.map((pair) => ({
      given: nameOf(pair.a),
      suggested: nameOf(pair.b),
      joint: pair.joint,
      examples: pair.rows,
    })),
  };
}

/** A flat (k, k) matrix as its rows. */
const rowsOf = (matrix: Float64Array, k: number): number[][] =>
  Array.from({ length: k }, (_, row) => [...matrix.subarray(row * k, (row + 1) * k)]);
