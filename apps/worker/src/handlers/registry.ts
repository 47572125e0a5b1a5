import type { TaskKind } from "@winnow/contracts";
import type { Readers } from "@winnow/reader";
import type { RowQuota } from "@winnow/store";
import type { Storage } from "../files/storage.js";
import type { Handler, HandlerRegistry } from "../tasks/handler.js";

import { combineRuns } from "./combination.js";
import { comparison } from "./comparison.js";
import { trainOnCpu } from "./cpu-training.js";
import { ingestDataset } from "./dataset-ingest.js";
import { experiment } from "./experiment.js";
import { findMore } from "./findings.js";
import { explainFlags } from "./flag-evidence.js";
import { trainFold } from "./fold-training.js";
import { runOnDevice, type Trainer } from "./on-device.js";
import { importProbabilities } from "./probability-import.js";
import { prune } from "./pruning.js";

/** What a worker has that only some handlers need. */
interface WorkerParts {
  readonly storage: Storage;
  readonly readers: Readers;
  readonly trainer: Trainer;
  readonly quota: RowQuota;
}

/** How to make the handler of every task kind; a task kind without one does not compile. */
export const HANDLERS: Readonly<Record<TaskKind, (parts: WorkerParts) => Handler>> = {
  combination: () => combineRuns,
  "dataset-ingest": ({ storage, readers, quota }) => ingestDataset(storage, readers, quota),
  "fold-training": ({ trainer }) => trainFold(trainer),
  "linear-fold": ({ trainer }) => trainOnCpu(trainer),
  "quick-folds": ({ trainer }) => trainOnCpu(trainer),
  "encode-rows": ({ trainer }) => runOnDevice(trainer),
  "second-round": ({ trainer }) => trainOnCpu(trainer),
  "probability-import": ({ storage, readers }) => importProbabilities(storage, readers),
  pruning: () => prune,
  "flag-evidence": ({ trainer }) => explainFlags(trainer),
  experiment: () => experiment,
  comparison: ({ trainer }) => comparison(trainer),
  findings: ({ trainer }) => findMore(trainer),
};

/** The handlers of one worker. */
export const createRegistry = (parts: WorkerParts): HandlerRegistry =>
  Object.fromEntries(
    Object.entries(HANDLERS).map(([kind, make]) => [kind, make(parts)]),
  ) as HandlerRegistry;
