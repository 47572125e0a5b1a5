import type { JobKind, JobParams } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { createPruning } from "../prunings/create-pruning.js";
import { createCombination } from "./create-combination.js";
import { createComparison } from "./create-comparison.js";
import { createDatasetIngest } from "./create-dataset-ingest.js";
import { createExperiment } from "./create-experiment.js";
import { createFindings } from "./create-findings.js";
import { createFoldTraining } from "./create-fold-training.js";
import { createProbabilityImport } from "./create-probability-import.js";

/** Writes a job, what it makes and its tasks, in one transaction; returns the job's id. */
export type Creator<K extends JobKind> = (
  tx: Transaction,
  params: JobParams<K>,
  ownerId?: string,
) => Promise<string>;

/** The creator of every kind of job; a kind without one does not compile. */
export const CREATORS: { readonly [K in JobKind]: Creator<K> } = {
  combination: createCombination,
  "dataset-ingest": createDatasetIngest,
  "fold-training": createFoldTraining,
  "probability-import": createProbabilityImport,
  pruning: createPruning,
  experiment: createExperiment,
  comparison: createComparison,
  findings: createFindings,
};
