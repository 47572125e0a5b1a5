import type { JobKind } from "@winnow/contracts";
import type { Handler } from "./handler.js";
import { ingestDataset } from "./handlers/dataset-ingest.js";
import { trainFold } from "./handlers/fold-training.js";
import { importProbabilities } from "./handlers/probability-import.js";
import { prune } from "./handlers/pruning.js";

/** The handler of every kind of job; a kind without one does not compile. */
export const REGISTRY = {
  "dataset-ingest": ingestDataset,
  "fold-training": trainFold,
  "probability-import": importProbabilities,
  pruning: prune,
} satisfies Record<JobKind, Handler>;
