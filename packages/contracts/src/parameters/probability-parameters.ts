import { z } from "zod";
import { DatasetId, UploadId } from "../values/ids.js";
import { PruningOptions } from "./pruning-parameters.js";

/** Longer lists are uploaded: parameters stay small. */
export const MOST_LISTED_CLASSES = 1000;

/** The classes in the order of a file's columns, where that is not the dataset's. */
const ColumnClasses = z
  .union([UploadId, z.array(z.string().min(1)).min(2).max(MOST_LISTED_CLASSES)])
  .optional()
  .meta({
    description:
      "The dataset's class names in the order of the columns; the columns are then reordered. A list, or the id of an uploaded one: one name a line, a JSON array, or npy of strings. Default: the order of the indexes of `GET /v1/datasets/{id}/classes`",
  });

/** Out-of-sample probabilities of another model. */
export const ProbabilityImportParams = z
  .strictObject({
    datasetId: DatasetId,
    probabilitiesUploadId: UploadId.meta({
      description:
        "npy (n, C): one row per sample in order, one column per class in the order of `classes`",
    }),
    classes: ColumnClasses,
    force: z.boolean().default(false).meta({
      description:
        "Imports the columns even if they fit the given labels far better in another order of classes",
    }),
    foldsUploadId: UploadId.optional().meta({
      description: "npy (n): the fold that predicted each sample; prunings by fold need it",
    }),
    pruning: PruningOptions.optional().meta({
      description: "Queues a pruning with these options when the import is done",
    }),
  })
  .meta({ id: "ProbabilityImportParams" });
export type ProbabilityImportParams = z.infer<typeof ProbabilityImportParams>;
