import type { JobKind } from "@winnow/contracts";
import type { Handler } from "../tasks/handler.js";
import { ingestDataset } from "./dataset-ingest.js";
import { trainFold } from "./fold-training.js";
import { importProbabilities } from "./probability-import.js";
import { prune } from "./pruning.js";

/** The handler of every kind of job; a kind without one does not compile. */
export const REGISTRY = {
  "dataset-ingest": ingestDataset,
  "fold-training": trainFold,
  "probability-import": importProbabilities,
  pruning: prune,
} satisfies Record<JobKind, Handler>;
