import type { JobKind } from "@winnow/contracts";
import { COMBINATION } from "./combination.js";
import { COMPARISON } from "./comparison.js";
import { DATASET_INGEST } from "./dataset-ingest.js";
import { EXPERIMENT } from "./experiment.js";
import { FINDINGS } from "./findings.js";
import { FOLD_TRAINING } from "./fold-training.js";
import type { JobPost } from "./job-post.js";
import { PROBABILITY_IMPORT } from "./probability-import.js";
import { PRUNING } from "./pruning.js";

/** The POST of every kind of job; a kind without one does not compile. */
export const JOB_POSTS: { readonly [K in JobKind]: JobPost<K> } = {
  combination: COMBINATION,
  "dataset-ingest": DATASET_INGEST,
  "fold-training": FOLD_TRAINING,
  "probability-import": PROBABILITY_IMPORT,
  pruning: PRUNING,
  experiment: EXPERIMENT,
  comparison: COMPARISON,
  findings: FINDINGS,
};
