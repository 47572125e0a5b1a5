import {
  AppError,
  type ExperimentNoise,
  type ExperimentParams,
  experimentFaults,
  type FieldError,
  foldsOf,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { holdPruning } from "../prunings/hold-pruning.js";
import { insertJob } from "../queue/insert-job.js";
import { holdInputs } from "./hold-inputs.js";

/**
 * Makes the job; its task writes the cells. Throws `dataset-not-found`, `dataset-not-ready`,
 * `single-class`, `pruning-not-found`, `pruning-not-finished`, `folds-exceed-rows`,
 * `invalid-parameters`.
 */
export async function createExperiment(
  tx: Transaction,
  params: ExperimentParams,
  ownerId?: string,
): Promise<string> {
  refuse(experimentFaults(params));
  const { datasets } = await holdInputs(tx, "experiment", params);
  const { rows, classCount } = datasets[0]!;
  const folds = foldsOf(params, rows);
  if (folds > rows) {
    throw new AppError(
      "folds-exceed-rows",
      `${folds} folds need at least as many rows; the dataset has ${rows}.`,
      { errors: [{ pointer: "/folds", detail: `at most ${rows}` }] },
    );
  }
  refuse([
    ...params.prunings.flatMap(({ numToRemovePerClass: removals }, i) =>
      removals === undefined || removals.length === classCount
        ? []
        : [
            {
              pointer: `/prunings/${i}/numToRemovePerClass`,
              detail: `It has ${removals.length} numbers; the data has ${classCount} classes`,
            },
          ],
    ),
    ...(await noiseFaults(tx, params)),
  ]);
  const id = newId("job");
  const { datasetId } = params;
  await insertJob(tx, {
    id,
    kind: "experiment",
    params,
    seed: params.seeds[0]!,
    datasetId,
    ownerId,
  });
  return id;
}

function refuse([fault, ...others]: readonly FieldError[]): void {
  if (!fault) return;
  throw new AppError("invalid-parameters", `${fault.pointer}: ${fault.detail}.`, {
    errors: [fault, ...others],
  });
}

/** What does not fit the dataset: names of no class, matrices of another size, foreign prunings. */
async function noiseFaults(
  tx: Transaction,
  { datasetId, noises }: ExperimentParams,
): Promise<FieldError[]> {
  const { rows } = await tx.query<{ name: string }>(
    "SELECT name FROM classes WHERE dataset_id = $1 ORDER BY index",
    [datasetId],
  );
  const names = new Set(rows.map(({ name }) => name));
  const faults: FieldError[] = [];
  for (const [i, noise] of noises.entries()) {
    const at = `/noises/${i}`;
    if ("pruningId" in noise && noise.pruningId) {
      const pointer = `${at}/pruningId`;
      const pruning = await holdPruning(tx, noise.pruningId, pointer);
      if (pruning.datasetId === datasetId) continue;
      const detail = `The pruning is of the dataset ${pruning.datasetId}, not of this one`;
      faults.push({ pointer, detail });
    }
    faults.push(...valueFaults(noise, names, at));
    if (noise.type === "annotators" && !(await hasDissent(tx, datasetId))) {
      const detail = "No annotator of the dataset gave a row another label than it has";
      faults.push({ pointer: `${at}/type`, detail });
    }
  }
  return faults;
}

async function hasDissent(tx: Transaction, datasetId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `SELECT 1 FROM datasets
     WHERE id = $1 AND jsonb_array_length(profile->'annotators'->'pairs') > 0`,
    [datasetId],
  );
  return rowCount === 1;
}

function valueFaults(noise: ExperimentNoise, names: ReadonlySet<string>, at: string): FieldError[] {
  if (noise.type === "pair") return pairFaults(noise.pairs ?? [], names, `${at}/pairs`);
  if (noise.type !== "matrix" || !noise.matrix) return [];
  const k = names.size;
  const isSquare = noise.matrix.length === k && noise.matrix.every((row) => row.length === k);
  if (!isSquare) {
    const detail = `The dataset has ${k} classes; the matrix needs ${k} rows of ${k} shares`;
    return [{ pointer: `${at}/matrix`, detail }];
  }
  return noise.matrix.flatMap((row, i) => {
    const sum = row.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) <= 1e-6) return [];
    return [{ pointer: `${at}/matrix/${i}`, detail: `The shares sum to ${sum}, not to 1` }];
  });
}

function pairFaults(
  pairs: readonly { readonly from: string; readonly to: string }[],
  names: ReadonlySet<string>,
  at: string,
): FieldError[] {
  return pairs.flatMap(({ from, to }, i) => {
    if (from === to) {
      return [{ pointer: `${at}/${i}/to`, detail: "A class cannot be taken for itself" }];
    }
    return Object.entries({ from, to })
      .filter(([, name]) => !names.has(name))
      .map(([end, name]) => ({
        pointer: `${at}/${i}/${end}`,
        detail: `${JSON.stringify(name.slice(0, 80))} is not a class of the dataset`,
      }));
  });
}
