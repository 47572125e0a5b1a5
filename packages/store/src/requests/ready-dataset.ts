import { AppError } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

export interface ReadyDataset {
  readonly rows: number;
  readonly classCount: number;
}

/** Holds a dataset that a job is to read. Throws `dataset-not-found`, `dataset-not-ready`, `single-class`. */
export async function readyDataset(tx: Transaction, datasetId: string): Promise<ReadyDataset> {
  const found = await tx.query<{ state: string; rows: number; class_count: number }>(
    "SELECT state, rows, class_count FROM datasets WHERE id = $1 FOR SHARE",
    [datasetId],
  );
  const dataset = found.rows[0];
  if (!dataset) throw new AppError("dataset-not-found", `No dataset has the id ${datasetId}.`);
  if (dataset.state !== "ready") {
    throw new AppError(
      "dataset-not-ready",
      dataset.state === "ingesting"
        ? "The dataset is still being read; wait until its ingest job has succeeded."
        : "The dataset's ingest failed; ingest the file again.",
    );
  }
  if (dataset.class_count < 2) {
    throw new AppError("single-class", "The dataset has one class; it needs at least two.");
  }
  return { rows: dataset.rows, classCount: dataset.class_count };
}
