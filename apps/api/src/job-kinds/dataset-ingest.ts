import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { DatasetIngestParams, JobEstimate } from "@winnow/contracts";
import {
  assertRowsLeft,
  readCrossValidation,
  readDataset,
  readPruning,
  readUpload,
  type Store,
  secondsPerUnit,
} from "@winnow/store";
import { assertSourceAllowed } from "../access/source-allowed.js";
import { assertTrainingAllowed } from "./encoder-size.js";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import type { JobPost, JobSettings } from "./job-post.js";

export const DATASET_INGEST: JobPost<"dataset-ingest"> = {
  async assertAllowed({ source, training }, settings) {
    await assertSourceAllowed(source, settings);
    if (training) await assertTrainingAllowed(training, settings);
  },
  async assertRoom(db, ownerId, { maxStoredRows }) {
    if (maxStoredRows !== undefined) await assertRowsLeft(db, ownerId, maxStoredRows);
  },
  estimate,
};

/** Whose rows it has; null for those of a file. */
async function parentOf(
  store: Store,
  source: DatasetIngestParams["source"],
): Promise<string | null> {
  if (source.type === "dataset") return source.datasetId;
  if (source.type === "pruning") return (await readPruning(store, source.pruningId)).datasetId;
  if (source.type !== "consensus") return null;
  return (await readCrossValidation(store, source.crossValidationId)).datasetId;
}

/** The number of rows of a file is unknown until it is read; its size is known. */
async function estimate(
  { source, sampling }: DatasetIngestParams,
  store: Store,
  { ingestRoot }: JobSettings,
): Promise<JobEstimate> {
  const parentId = await parentOf(store, source);
  if (parentId !== null) {
    const { rows, classes } = await readDataset(store, parentId);
    const most = sampling && classes !== null ? sampling.perClass * classes : Infinity;
    return { ...UNKNOWN, rows: rows === null ? null : Math.min(rows, most) };
  }
  let bytes: number | null = null;
  if (source.type === "upload") bytes = (await readUpload(store, source.uploadId)).bytes;
  if (source.type === "path" && ingestRoot !== undefined) {
    bytes = (await stat(resolve(ingestRoot, source.path))).size;
  }
  return {
    ...UNKNOWN,
    seconds: times(bytes, await secondsPerUnit(store, "dataset-ingest", "progress", RECENT)),
  };
}
