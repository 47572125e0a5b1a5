import { z } from "zod";
import { DatasetId, UploadId } from "../values/ids.js";
import { ArrayName, ColumnClasses } from "./class-columns.js";
import { PruningOptions } from "./pruning-parameters.js";

/** Out-of-sample probabilities of another model. */
export const ProbabilityImportParams = z
  .strictObject({
    datasetId: DatasetId,
    probabilitiesUploadId: UploadId.meta({
      description:
        "npy or npz (n, C): one row per sample in order, one column per class in the order of `classes`. Of two classes also (n) or (n, 1): the probability of class 1",
    }),
    probabilitiesArray: ArrayName,
    classes: ColumnClasses,
    force: z.boolean().default(false).meta({
      description:
        "Imports the columns even if they fit the given labels far better in another order of classes",
    }),
    foldsUploadId: UploadId.optional().meta({
      description: "npy (n): the fold that predicted each sample; prunings by fold need it",
    }),
    foldsArray: ArrayName,
    pruning: PruningOptions.optional().meta({
      description: "Queues a pruning with these options when the import is done",
    }),
  })
  .meta({ id: "ProbabilityImportParams" });
export type ProbabilityImportParams = z.infer<typeof ProbabilityImportParams>;
