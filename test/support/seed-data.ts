import {
  DatasetIngestParams,
  FindingsParams,
  FoldTrainingParams,
  PruningParams,
} from "@winnow/contracts";
import { rejectWriter, type SampleRow, sampleWriter } from "@winnow/copy-rows";
import {
  type Claim,
  CREATORS,
  claimTask,
  createDatasetIngest,
  createFoldTraining,
  createPruning,
  type DatasetBatch,
  type DatasetSummary,
  newId,
  readJob,
  type Store,
  withTransaction,
  writeDataset,
  writeFindings,
  writeFold,
  writePruning,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";

/** Samples of `classes` classes in turn, enough for tests that do not look at texts. */
export function makeSamples(rows: number, classes: number): SampleRow[] {
  return Array.from({ length: rows }, (_, ordinal) => ({
    ordinal,
    line: ordinal + 1,
    externalId: `row-${ordinal}`,
    text: `text ${ordinal}, "quoted", 汉字 \u{1f33e}`,
    classIndex: ordinal % classes,
    trueClassIndex: ordinal % 10 === 0 ? (ordinal + 1) % classes : ordinal % classes,
  }));
}

/** An ingest job whose dataset is still to be written. */
export async function queueIngest(store: Store, name = "seeded"): Promise<string> {
  const params = DatasetIngestParams.parse({
    name,
    source: { type: "path", path: "/nowhere" },
    format: { type: "csv", textColumn: "text", labelColumn: "label" },
  });
  return withTransaction(store, (tx) => createDatasetIngest(tx, params));
}

/** Claims the job's task for the fold (null: the only task), as a worker would. */
export async function claim(
  store: Store,
  jobId: string,
  fold: number | null = null,
  options: { workerId?: string; staleAfterMs?: number } = {},
): Promise<Claim | null> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT id FROM tasks WHERE job_id = $1 AND fold IS NOT DISTINCT FROM $2",
    [jobId, fold],
  );
  return claimTask(store, {
    jobId,
    taskId: rows[0]?.id ?? newId("task"),
    workerId: options.workerId ?? "test-worker",
    staleAfterMs: options.staleAfterMs ?? 60_000,
  });
}

/** Claims and insists. */
export async function mustClaim(
  store: Store,
  jobId: string,
  fold: number | null = null,
): Promise<Claim & { readonly datasetId: string }> {
  const held = await claim(store, jobId, fold);
  if (!held) throw new Error(`the task of ${jobId} could not be claimed`);
  const { datasetId } = held;
  if (datasetId === null) throw new Error(`the job ${jobId} has no dataset`);
  return { ...held, datasetId };
}

/** One batch, then the summary: what the corpus gives the ingest. */
export async function* batchesOf(
  samples: SampleRow[],
  classes: number,
): AsyncGenerator<DatasetBatch, DatasetSummary> {
  const reject = { line: samples.length + 1, reason: "empty-text", detail: "no text", excerpt: "" };
  yield { samples: sampleWriter().blockOf(samples), rejects: rejectWriter().blockOf([reject]) };
  return {
    classes: Array.from({ length: classes }, (_, index) => ({
      index,
      name: `class-${index}`,
      count: samples.filter((s) => s.classIndex === index).length,
    })),
    profile: {
      rowsRead: samples.length + 1,
      kept: samples.length,
      rejected: [{ reason: "empty-text", count: 1 }],
      classHistogram: [],
      lengths: { min: 1, p5: 1, median: 1, p95: 1, p99: 1, max: 1, mean: 1 },
      duplicates: { texts: 0, conflictingTexts: 0 },
      warnings: [],
    },
    sha256: null,
    hasTrueLabels: true,
  };
}

/** A ready dataset. */
export async function seedDataset(store: Store, rows = 30, classes = 3): Promise<string> {
  const jobId = await queueIngest(store);
  const held = await mustClaim(store, jobId);
  await writeDataset(store, held, batchesOf(makeSamples(rows, classes), classes));
  return held.datasetId;
}

/** A fold-training job over the dataset, its tasks queued. */
export async function queueTraining(
  store: Store,
  datasetId: string,
  options: { folds?: number; pruning?: object; model?: object; secondRound?: boolean } = {},
): Promise<{ jobId: string; crossValidationId: string }> {
  const params = FoldTrainingParams.parse({ datasetId, folds: 3, ...options });
  const jobId = await withTransaction(store, (tx) => createFoldTraining(tx, params));
  const { job } = await readJob(store, jobId);
  return { jobId, crossValidationId: job.crossValidationId as string };
}

/** Predictions for the ordinals of a fold (ordinal mod folds), a seeded-looking softmax. */
export function predictionsFor(fold: number, folds: number, rows: number, classCount: number) {
  const ordinals = Int32Array.from(
    Array.from({ length: rows }, (_, i) => i).filter((i) => i % folds === fold),
  );
  const probs = new Float32Array(ordinals.length * classCount);
  for (const [j, ordinal] of ordinals.entries()) {
    const top = ordinal % 7 === 0 ? (ordinal + 1) % classCount : ordinal % classCount;
    for (let k = 0; k < classCount; k++) {
      probs[j * classCount + k] = k === top ? 0.7 : 0.3 / (classCount - 1);
    }
  }
  return { fold, ordinals, labels: ordinals.map((o) => o % classCount), probs, classCount };
}

export const FOLD_METRICS = {
  trainRows: 20,
  testRows: 10,
  accuracy: 0.8,
  loss: 0.5,
  epochs: [{ epoch: 1, trainLoss: 1, heldOutLoss: 0.5, heldOutAccuracy: 0.8 }],
  seconds: 1.5,
  backend: { backend: "wasm", version: "test" },
};

/** A finished cross-validation over a new dataset. */
export async function seedCrossValidation(store: Store, rows = 30, classes = 3, folds = 3) {
  const datasetId = await seedDataset(store, rows, classes);
  return { datasetId, ...(await seedRun(store, datasetId, rows, classes, folds)) };
}

/** A finished cross-validation over a dataset of `seedDataset`. */
export async function seedRun(
  store: Store,
  datasetId: string,
  rows = 30,
  classes = 3,
  folds = 3,
): Promise<{ jobId: string; crossValidationId: string }> {
  const { jobId, crossValidationId } = await queueTraining(store, datasetId, { folds });
  for (let fold = 0; fold < folds; fold++) {
    const held = await mustClaim(store, jobId, fold);
    await writeFold(store, held, predictionsFor(fold, folds, rows, classes), FOLD_METRICS);
  }
  return { jobId, crossValidationId };
}

/** A finished pruning that flags every seventh sample, over a new dataset. */
export async function seedPruning(store: Store, rows = 30, classes = 3, folds = 3) {
  const seeded = await seedCrossValidation(store, rows, classes, folds);
  const params = PruningParams.parse({ crossValidationId: seeded.crossValidationId });
  const jobId = await withTransaction(store, (tx) => createPruning(tx, params));
  const held = await mustClaim(store, jobId);
  const flagged = Array.from({ length: rows }, (_, i) => i).filter((i) => i % 7 === 0);
  await writePruning(
    store,
    held,
    flagged.map((ordinal, rank) => ({
      rank,
      ordinal,
      given: ordinal % classes,
      suggested: (ordinal + 1) % classes,
      fold: ordinal % folds,
      selfConfidence: 0.15,
      normalizedMargin: -0.55,
      errorProbability: 0.9,
      errorOdds: 2.2,
      stability: null,
      suggestedProbability: 0.7,
      reason: { method: "prune_by_noise_rate" },
    })),
    {
      counts: { examples: rows, flagged: flagged.length },
      thresholds: Array.from({ length: classes }, () => 0.6),
      healthScore: 0.85,
      estimatedNoiseRate: 0.15,
      estimatedNoiseInterval: { low: 0.12, high: 0.18 },
      noise: null,
      stability: null,
      truth: {
        rows,
        errors: Math.ceil(rows / 10),
        noiseRate: 0.1,
        precision: 0.5,
        recall: 0.5,
        f1: 0.5,
        averagePrecision: { normalizedMargin: 0.6, posterior: 0.7, errorOdds: 0.8 },
        totalVariation: 0.05,
      },
      warnings: [],
    },
    {
      classes: [],
      confidentJoint: [[1]],
      joint: [[1]],
      trueJoint: null,
      perClass: [],
      pairs: [],
    },
  );
  return { ...seeded, pruningId: held.pruningId as string, pruningJobId: jobId, flagged };
}

/** A succeeded findings job of a run, with so many findings of each kind; returns its id. */
export async function seedFindings(
  store: Store,
  crossValidationId: string,
  count: number,
): Promise<string> {
  const params = FindingsParams.parse({ crossValidationId, most: 2 });
  const jobId = await withTransaction(store, (tx) => CREATORS.findings(tx, params));
  const held = await mustClaim(store, jobId);
  const row = (ordinal: number) => ({ ordinal, line: ordinal + 1, label: "a", text: "text" });
  const conflict = (i: number) => ({
    score: 0.5,
    size: 2,
    labels: [
      { label: "a", rows: 1 },
      { label: "b", rows: 1 },
    ],
    rows: [row(2 * i), { ...row(2 * i + 1), label: "b" }],
  });
  const outlier = (i: number) => ({ ...row(i), score: 9 - i / count, suggested: "b" });
  const all = <T>(one: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => one(i));
  const counts = { groups: count, conflicting: count, rows: 2 * count };
  await writeFindings(store, held, {
    steps: 1,
    result: {
      crossValidationId,
      rows: 30,
      conflicts: { ...counts, found: all(conflict).slice(0, 2) },
      outliers: { basis: "texts", count, cut: 4, found: all(outlier).slice(0, 2) },
      weakGroups: { tested: 0, level: 0.05, found: [] },
      labelOrder: {
        flagged: false,
        kind: null,
        p: 1,
        neighbours: { pairs: 29, equal: 10, expected: 10, p: 1 },
        drift: null,
      },
      similarClasses: [],
    },
    all: { conflicts: () => all(conflict), outliers: () => all(outlier) },
  });
  return jobId;
}
