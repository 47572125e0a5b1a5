import type { Storage } from "../files/storage.js";
import type { HandlerRegistry } from "../tasks/handler.js";
import { ingestDataset } from "./dataset-ingest.js";
import { type Trainer, trainFold } from "./fold-training.js";
import { importProbabilities } from "./probability-import.js";
import { prune } from "./pruning.js";

/** The handlers of one worker; a task kind without a handler does not compile. */
export const createRegistry = ({
  storage,
  trainer,
}: {
  storage: Storage;
  trainer: Trainer;
}): HandlerRegistry => ({
  "dataset-ingest": ingestDataset(storage),
  "fold-training": trainFold(trainer),
  "probability-import": importProbabilities(storage),
  pruning: prune,
});
