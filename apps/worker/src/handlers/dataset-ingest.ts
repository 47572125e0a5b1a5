import { DatasetFormat, DatasetIngestParams } from "@winnow/contracts";
import { CorpusError } from "@winnow/corpus";
import type { Readers } from "@winnow/reader";
import {
  type DatasetBatch,
  type DatasetSummary,
  queueTraining,
  type RowQuota,
  storeFailedRejects,
  type Transaction,
  writeDataset,
} from "@winnow/store";
import type { Storage } from "../files/storage.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";
import { datasetSummary } from "./dataset-summary.js";
import { derivedBatches } from "./derived-dataset.js";
import { checkedSum, findSourceFile, type SourceFile, sourceError } from "./source-file.js";

/**
 * Makes a dataset: streams a file through its format and label policy into samples and rejects, or
 * another dataset's samples through sampling and noise. Files are parsed in processes of their own.
 */
export const ingestDataset =
  (storage: Storage, readers: Readers, quota?: RowQuota): Handler =>
  async (claim, deps) => {
    const params = DatasetIngestParams.parse(claim.params);
    const { source, training } = params;
    // Ready and queued in one transaction.
    const next = training && ((tx: Transaction) => queueTraining(tx, claim, training));
    if (isDerived(source)) {
      return writeDataset(
        deps.store,
        claim,
        await derivedBatches(source, params, deps, next),
        quota,
      );
    }
    const file = await findSourceFile(source, { ...deps, storage });
    try {
      await writeDataset(deps.store, claim, readBatches(params, file, readers, deps, next), quota);
    } catch (error) {
      // Nothing of the dataset is written; its first rejects say why.
      const rejects = error instanceof CorpusError ? error.details.rejects : undefined;
      if (rejects?.length) await storeFailedRejects(deps.store, claim, rejects);
      throw sourceError(error);
    } finally {
      await file.remove();
    }
  };

const isDerived = (source: DatasetIngestParams["source"]) =>
  source.type === "dataset" || source.type === "pruning" || source.type === "consensus";

async function* readBatches(
  params: DatasetIngestParams,
  file: SourceFile,
  readers: Readers,
  deps: HandlerDeps,
  next: DatasetSummary["next"],
): AsyncGenerator<DatasetBatch, DatasetSummary> {
  const { format = { type: "auto" }, labels, sampling, duplicates, columns } = params;
  const task = { format, options: { labels, sampling, duplicates, columns } };
  let steps = 0;
  const read = readers.dataset(file.file, task, {
    signal: deps.signal,
    onBytes: (step) => deps.beat({ step, steps }),
  });
  let part = await read.next();
  for (; !part.done; part = await read.next()) {
    if ("bytes" in part.value) {
      steps = part.value.bytes;
      await deps.announce({ step: 0, steps, phase: "reading" });
      continue;
    }
    yield part.value;
    deps.signal.throwIfAborted();
  }
  deps.beat({ phase: "writing", step: steps });
  const { summary, guess, sha256, hasTrueLabels } = part.value;
  const { columns: kept, labelCells } = summary;
  const layout = {
    format: DatasetFormat.parse(part.value.format),
    columns: [...kept],
    labelCells: [...labelCells],
  };
  const facts = { sha256: checkedSum(file, sha256), hasTrueLabels, layout, guess };
  return { ...datasetSummary(summary, facts, params, deps), next };
}
