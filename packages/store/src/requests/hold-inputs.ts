import { inputsOf, type JobKind } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { holdUpload } from "../datasets/uploads.js";
import { lockRuns, readyRun } from "../prunings/create-pruning.js";
import { holdPruning } from "../prunings/hold-pruning.js";
import { type ReadyDataset, readyDataset } from "./ready-dataset.js";

/**
 * Locks everything that a job of these parameters reads, until it is committed as an open job: from
 * then on the job itself keeps its inputs. Returns the datasets in the order of the inputs. Throws
 * what says that an input is not there, or not ready.
 */
export async function holdInputs(
  tx: Transaction,
  kind: JobKind,
  params: unknown,
): Promise<{ readonly datasets: readonly ReadyDataset[] }> {
  const inputs = inputsOf(kind, params);
  const datasets: ReadyDataset[] = [];
  // Datasets first, as a deletion locks them first.
  for (const id of inputs.datasets ?? []) datasets.push(await readyDataset(tx, id));
  for (const id of inputs.uploads ?? []) await holdUpload(tx, id);
  if (inputs.crossValidations) {
    const runs = await lockRuns(tx, inputs.crossValidations);
    for (const id of inputs.crossValidations) readyRun(runs.get(id), id);
  }
  for (const id of inputs.prunings ?? []) await holdPruning(tx, id);
  return { datasets };
}
