import { COMBINATION } from "./combination.js";
import { COMPARISON } from "./comparison.js";
import { DATASET_INGEST } from "./dataset-ingest.js";
import type { JobDescriptor } from "./descriptor.js";
import { EXPERIMENT } from "./experiment.js";
import { FINDINGS } from "./findings.js";
import { FOLD_TRAINING } from "./fold-training.js";
import { PROBABILITY_IMPORT } from "./probability-import.js";
import { PRUNING } from "./pruning.js";

/**
 * The kinds of job. A key never changes, since rows and queues hold it: to rename a kind, add the
 * new one, let workers consume both, and drop the old one when no row holds it.
 */
export const JOBS = {
  combination: COMBINATION,
  "dataset-ingest": DATASET_INGEST,
  "fold-training": FOLD_TRAINING,
  "probability-import": PROBABILITY_IMPORT,
  pruning: PRUNING,
  experiment: EXPERIMENT,
  comparison: COMPARISON,
  findings: FINDINGS,
} as const satisfies Record<string, JobDescriptor>;
