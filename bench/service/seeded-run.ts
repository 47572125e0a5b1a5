import { DatasetIngestParams, FoldTrainingParams } from "@winnow/contracts";
import { rejectWriter, sampleWriter } from "@winnow/copy-rows";
import {
  type Claim,
  claimTask,
  createDatasetIngest,
  createFoldTraining,
  readJob,
  type Store,
  withTransaction,
  writeDataset,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";

type Batches = Parameters<typeof writeDataset>[2];
type FoldRows = Parameters<typeof writeFold>[2];

export interface SeededRun {
  readonly jobId: string;
  readonly datasetId: string;
  readonly crossValidationId: string;
}

/**
 * A finished cross-validation over a dataset, written as a worker writes them: `batches` are the
 * dataset's, `predictions(fold)` a fold's rows. What a pruning needs.
 */
export async function seedRun(
  store: Store,
  run: { batches: Batches; folds: number; predictions: (fold: number) => FoldRows },
): Promise<SeededRun> {
  const params = FoldTrainingParams.parse({
    datasetId: await seedDataset(store, run.batches),
    folds: run.folds,
    training: { epochChoice: "last" },
  });
  const jobId = await withTransaction(store, (tx) => createFoldTraining(tx, params));
  for (let fold = 0; fold < run.folds; fold++) {
    const rows = run.predictions(fold);
    await writeFold(store, await claim(store, jobId, fold), rows, {
      trainRows: 0,
      testRows: rows.ordinals.length,
      accuracy: 0,
      loss: 0,
      epochs: [],
      seconds: 0,
      backend: {},
    });
  }
  const { datasetId, crossValidationId } = (await readJob(store, jobId)).job;
  if (datasetId === null || crossValidationId === null) throw new Error(`${jobId} made no run`);
  return { jobId, datasetId, crossValidationId };
}

/** A dataset of the batches, written as a worker writes it. Returns its id. */
export async function seedDataset(store: Store, batches: Batches): Promise<string> {
  const ingestId = await withTransaction(store, (tx) =>
    createDatasetIngest(
      tx,
      DatasetIngestParams.parse({
        name: "bench",
        source: { type: "path", path: "/synthetic" },
        format: { type: "csv" },
      }),
    ),
  );
  const ingest = await claim(store, ingestId, null);
  await writeDataset(store, ingest, batches);
  return ingest.datasetId as string;
}

/** Claims a queued task as a worker does. */
export async function claim(store: Store, jobId: string, fold: number | null): Promise<Claim> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    "SELECT id FROM tasks WHERE job_id = $1 AND fold IS NOT DISTINCT FROM $2",
    [jobId, fold],
  );
  const claimed = await claimTask(store, {
    jobId,
    taskId: rows[0]!.id,
    workerId: "bench",
    staleAfterMs: 1e9,
  });
  if (!claimed) throw new Error(`the task of ${jobId} cannot be claimed`);
  return claimed;
}

const BATCH_ROWS = 10_000;

/** A dataset's batches and summary: `rowOf(ordinal)` gives text and class. */
export async function* syntheticSamples(options: {
  readonly rows: number;
  readonly classes: number;
  readonly rowOf: (ordinal: number) => { readonly text: string; readonly classIndex: number };
}): Batches {
  const writer = sampleWriter();
  const rejects = rejectWriter().take();
  const counts = new Array<number>(options.classes).fill(0);
  for (let start = 0; start < options.rows; start += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, options.rows - start);
    const samples = Array.from({ length }, (_, i) => {
      const ordinal = start + i;
      const { text, classIndex } = options.rowOf(ordinal);
      counts[classIndex]!++;
      const line = ordinal + 1;
      return { ordinal, line, externalId: null, text, classIndex, trueClassIndex: null };
    });
    yield { samples: writer.blockOf(samples), rejects };
  }
  const classes = counts.map((count, index) => ({ index, name: `class ${index}`, count }));
  return {
    classes,
    profile: {
      rowsRead: options.rows,
      kept: options.rows,
      rejected: [],
      classHistogram: classes,
      // Nothing that is measured looks at these.
      lengths: { min: 0, p5: 0, median: 0, p95: 0, p99: 0, max: 0, mean: 0 },
      duplicates: { texts: 0, conflictingTexts: 0 },
      warnings: [],
    },
    sha256: null,
    hasTrueLabels: false,
  };
}
