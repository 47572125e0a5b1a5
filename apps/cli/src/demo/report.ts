import type { Client } from "@winnow/client";
import type { Fold, PruningClass, PruningPair, PruningReport, Warning } from "@winnow/contracts";
import { CliError } from "../terminal/failure.js";
import type { Comparison } from "./compare.js";
import type { DemoFiles, DemoIds } from "./save-results.js";
import { trueAccuracies } from "./true-accuracies.js";

/** The result of a demo; shares are from 0 to 1, `null` where the file has no true labels. */
export interface DemoReport {
  readonly file: string;
  readonly dataset: {
    readonly id: string;
    readonly rows: number;
    readonly classes: number;
    readonly rejected: number;
  };
  readonly crossValidation: {
    readonly id: string;
    readonly epochs: number;
    readonly seed: number;
    readonly backend: Record<string, unknown> | null;
    /** Held-out, against the given labels. */
    readonly accuracy: number | null;
    readonly trueAccuracy: number | null;
    readonly folds: readonly FoldFigures[];
  };
  readonly pruning: {
    readonly id: string;
    readonly flagged: number;
    readonly estimatedNoiseRate: number;
    readonly estimatedNoiseInterval: PruningReport["estimatedNoiseInterval"];
    readonly noise: PruningReport["noise"];
    readonly truth: PruningReport["truth"];
    readonly counts: PruningReport["counts"];
  };
  /** The quick model and the whole recipe, side by side. */
  readonly comparison: Comparison;
  /** The ten worst flags. */
  readonly worst: readonly WorstFlag[];
  readonly classes: readonly PruningClass[];
  readonly pairs: readonly PruningPair[];
  readonly warnings: readonly Warning[];
  readonly files: DemoFiles;
  /** The whole run, from the first start to the last stop. */
  readonly seconds: number;
}

export interface FoldFigures {
  readonly fold: number;
  readonly rows: number | null;
  readonly accuracy: number | null;
  readonly trueAccuracy: number | null;
  readonly loss: number | null;
  readonly seconds: number | null;
  readonly epochs: Fold["epochs"];
}

export interface WorstFlag {
  readonly rank: number;
  readonly ordinal: number;
  readonly line: number;
  readonly externalId: string | null;
  readonly text: string;
  readonly given: string;
  readonly suggested: string;
  readonly normalizedMargin: number;
  readonly trueLabel: string | null;
}

/** Reads the result from the service. */
export async function collectReport(
  client: Client,
  ids: DemoIds,
  known: {
    readonly file: string;
    readonly files: DemoFiles;
    readonly epochs: number;
    readonly comparison: Comparison;
  },
  signal: AbortSignal,
): Promise<DemoReport> {
  const cv = { params: { id: ids.crossValidationId }, signal };
  const pr = { params: { id: ids.pruningId }, signal };
  const dataset = await client.call("getDataset", { params: { id: ids.datasetId }, signal });
  const run = await client.call("getCrossValidation", cv);
  const folds = await client.call("listFolds", cv);
  const pruning = await client.call("getPruning", pr);
  const flags = await client.call("listFlags", { ...pr, query: { limit: 10 } });
  const classes = await client.call("listPruningClasses", pr);
  const pairs = await client.call("listPruningPairs", pr);
  if (pruning.report === null) {
    throw new CliError("pruning-not-finished", `The pruning ${pruning.id} has no report.`);
  }
  const truth = await trueAccuracies(client, dataset, known.files, signal);
  const { estimatedNoiseRate, estimatedNoiseInterval, noise, counts, warnings } = pruning.report;
  return {
    file: known.file,
    dataset: {
      id: dataset.id,
      rows: dataset.rows ?? 0,
      classes: dataset.classes ?? 0,
      rejected: dataset.rejected ?? 0,
    },
    crossValidation: {
      id: run.id,
      epochs: known.epochs,
      seed: run.seed,
      backend: run.backend,
      accuracy: run.accuracy,
      trueAccuracy: truth?.all ?? null,
      folds: folds.data.map(({ fold, testRows, accuracy, loss, seconds, epochs }) => ({
        fold,
        rows: testRows,
        accuracy,
        trueAccuracy: truth?.byFold.get(fold) ?? null,
        loss,
        seconds,
        epochs,
      })),
    },
    pruning: {
      id: pruning.id,
      flagged: pruning.flagged ?? 0,
      estimatedNoiseRate,
      estimatedNoiseInterval,
      noise,
      truth: pruning.report.truth,
      counts,
    },
    comparison: known.comparison,
    worst: flags.data.map((flag) => ({
      rank: flag.rank,
      ordinal: flag.ordinal,
      line: flag.line,
      externalId: flag.externalId,
      text: flag.text,
      given: flag.given,
      suggested: flag.suggested,
      normalizedMargin: flag.normalizedMargin,
      trueLabel: flag.trueLabel,
    })),
    classes: classes.data,
    pairs: pairs.data.slice(0, 10),
    warnings: [...run.warnings, ...warnings],
    files: known.files,
    seconds: 0,
  };
}
