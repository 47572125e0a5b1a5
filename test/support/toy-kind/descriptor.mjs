// The toy's file in packages/contracts/src/jobs, and its line in the table.
import { z } from "zod";
import { onQueue } from "../../../packages/contracts/dist/jobs/descriptor.js";
import { JOBS } from "../../../packages/contracts/dist/jobs/table.js";
import { DatasetId, UploadId } from "../../../packages/contracts/dist/values/ids.js";

/** Counts a dataset's rows, and checks the count: two tasks, the second on a queue by its size. */
JOBS["row-count"] = {
  summary: "Count the rows of a dataset",
  params: z.strictObject({
    datasetId: DatasetId,
    uploadId: UploadId,
    large: z.boolean().default(false),
    /** The check fails while there is such a file. */
    failWhile: z.string(),
    /** The count takes so long. */
    waitMs: z.int().default(0),
  }),
  inputsOf: ({ datasetId, uploadId }) => ({ datasets: [datasetId], uploads: [uploadId] }),
  makes: null,
  progressUnit: "rows",
  attempts: 2,
  faultCode: "internal",
  tasks: {
    "row-count": onQueue("row-count", "cpu"),
    "row-check": {
      queues: { "row-check": "cpu", "row-check-large": "cpu" },
      queueOf: ({ large }) => (large ? "row-check-large" : "row-check"),
    },
  },
};
