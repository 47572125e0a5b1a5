// The whole size once: n x K synthetic probabilities through Postgres, pruned in one job by a real
// worker process. Printed: seconds of the job, rows/s, the worker's peak RSS, and beside them the
// seconds of a bare read of the same bytes in the same order, in the same run.
//   npm run bench:full-size -- [ROWS [CLASSES]]
import { PruningParams } from "@winnow/contracts";
import { createPruning, readJob, readProbabilityBlocks, withTransaction } from "@winnow/store";
import { peakRss, round, timed } from "./service/figures.js";
import { finished, withScratchStore, withWorker } from "./service/scratch-services.js";
import { seedRun, syntheticSamples } from "./service/seeded-run.js";

const n = Number(process.argv[2] ?? 2_906_829);
const classes = Number(process.argv[3] ?? 428);
const FOLDS = 20;

await withScratchStore(async (scratch) => {
  const { store } = scratch;
  console.log(`${n} rows x ${classes} classes, ${round((n * classes * 4) / 1e9)} GB of float32`);
  const { value: crossValidationId } = await told("written by COPY", async () => {
    const rowOf = (row: number) => ({ text: `title ${row}`, classIndex: givenOf(row) });
    const batches = syntheticSamples({ rows: n, classes, rowOf });
    return (await seedRun(store, { batches, folds: FOLDS, predictions })).crossValidationId;
  });
  const bare = await told("read once, in order", async () => {
    for await (const _ of readProbabilityBlocks(store, crossValidationId, classes));
  });
  await withWorker(scratch, async (worker) => {
    const params = PruningParams.parse({ crossValidationId });
    const jobId = await withTransaction(store, (tx) => createPruning(tx, params));
    const { seconds } = await told("pruned", () => finished(store, jobId));
    const { job } = await readJob(store, jobId);
    console.log(`flagged ${job.result?.flagged}; ${Math.round(n / seconds)} rows/s`);
    console.log(`job : bare read  ${round(seconds / bare.seconds)}`);
    console.log(`peak RSS of the worker ${peakRss(worker.pid)} MB`);
  });
});

/** `timed`, and a line that says so. */
async function told<T>(what: string, work: () => Promise<T>) {
  const result = await timed(work);
  console.log(`${what.padEnd(22)} ${round(result.seconds)} s`);
  return result;
}

/** The given class of a row, and the class it looks like: one in eight is wrong. */
function givenOf(row: number): number {
  return (Math.imul(row, 2654435761) >>> 0) % classes;
}

function seemsOf(row: number): number {
  return row % 8 === 0 ? (givenOf(row) + 1 + (row % 3)) % classes : givenOf(row);
}

/** Rows fold, fold + 20, ...: a peak where the row seems to belong, seeded noise elsewhere. */
function predictions(fold: number) {
  const length = Math.ceil((n - fold) / FOLDS);
  const ordinals = Int32Array.from({ length }, (_, j) => fold + j * FOLDS);
  const probs = new Float32Array(length * classes);
  let state = (fold + 1) * 0x9e3779b9;
  for (let j = 0; j < length; j++) {
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const value = (state >>> 8) / 2 ** 24;
      probs[j * classes + k] = value;
      sum += value;
    }
    const top = 0.3 + 0.6 * ((state >>> 8) / 2 ** 24);
    const scale = (1 - top) / sum;
    for (let k = 0; k < classes; k++) probs[j * classes + k]! *= scale;
    probs[j * classes + seemsOf(ordinals[j]!)]! += top;
  }
  return { fold, ordinals, labels: ordinals.map(givenOf), probs, classCount: classes };
}
