import { createHash } from "node:crypto";
import { AppError, type Receipt, receiptText } from "@winnow/contracts";
import {
  finishedCrossValidation,
  hashContents,
  hashFlags,
  hashRun,
  readDataset,
  readPrunedBy,
  readPruning,
  type Store,
} from "@winnow/store";

export interface ReceiptSource {
  readonly store: Store;
  /** Of the service. */
  readonly version: string;
  readonly signal: AbortSignal;
}

/** A receipt without its own hash. */
export type Unsigned = Omit<Receipt, "sha256">;

/** A dataset's receipt. Throws `dataset-not-found`, `dataset-not-ready`. */
export async function datasetReceipt(source: ReceiptSource, id: string): Promise<Receipt> {
  return signed(await ofDataset(source, id));
}

/** Throws `cross-validation-not-found`, `cross-validation-not-finished`. */
export async function crossValidationReceipt(source: ReceiptSource, id: string): Promise<Receipt> {
  return signed(await ofRun(source, id));
}

/** Throws `pruning-not-found`, `pruning-not-finished`. */
export async function pruningReceipt(source: ReceiptSource, id: string): Promise<Receipt> {
  return signed(await ofPruning(source, id));
}

/** Before it is signed, for whoever has something to add. Throws as `pruningReceipt`. */
export async function ofPruning(source: ReceiptSource, id: string): Promise<Unsigned> {
  const { store, signal } = source;
  const pruning = await readPruning(store, id);
  const flags = await hashFlags(store, id, signal);
  const { parameters, flagged, report } = pruning;
  const droppedByReview = report?.counts.droppedByReview ?? 0;
  const winnow = await readPrunedBy(store, id);
  return {
    ...(await ofRun(source, pruning.crossValidationId)),
    pruning: { id, parameters, winnow, flagged: flagged ?? 0, droppedByReview, flags },
  };
}

async function ofDataset({ store, version, signal }: ReceiptSource, id: string): Promise<Unsigned> {
  const { name, state, rows, sha256 } = await readDataset(store, id);
  if (state !== "ready") {
    throw new AppError("dataset-not-ready", `The dataset is ${state}; it has no rows to hash.`);
  }
  const contents = await hashContents(store, id, signal);
  return {
    format: "winnow-receipt/1",
    winnow: version,
    dataset: { id, name, rows: rows ?? 0, file: sha256, contents },
    crossValidation: null,
    pruning: null,
  };
}

async function ofRun(source: ReceiptSource, runId: string): Promise<Unsigned> {
  const run = await finishedCrossValidation(source.store, runId);
  const { id, folds, seed, configuration, backend, accuracy, classes } = run;
  const winnow = typeof backend?.winnow === "string" ? backend.winnow : null;
  const hashes = await hashRun(source.store, { id, classes }, source.signal);
  return {
    ...(await ofDataset(source, run.datasetId)),
    crossValidation: { id, folds, seed, configuration, backend, winnow, accuracy, ...hashes },
  };
}

export const signed = (receipt: Unsigned): Receipt => ({
  ...receipt,
  sha256: createHash("sha256").update(receiptText(receipt)).digest("hex"),
});
