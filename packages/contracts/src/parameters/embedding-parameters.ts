import { z } from "zod";
import { UploadId } from "../values/ids.js";
import { ArrayName } from "./class-columns.js";

/** Vectors of a dataset's rows, of an encoder that somebody else ran. */
export const EmbeddingSource = z
  .strictObject({
    uploadId: UploadId.meta({
      description:
        "npy or npz (n, d) of float16, float32 or float64: one vector a sample, or one a record of the file that the dataset was read from, in its order",
    }),
    array: ArrayName,
    ids: UploadId.optional().meta({
      description:
        "npy (n) of strings or whole numbers: the id of each vector's row, as in the dataset's id column, if the vectors have another order",
    }),
    idsArray: ArrayName,
  })
  .meta({ id: "EmbeddingSource" });
export type EmbeddingSource = z.infer<typeof EmbeddingSource>;

/** The uploads that a model reads vectors from. */
export const embeddingUploads = ({
  embeddings,
}: {
  readonly embeddings?: EmbeddingSource | undefined;
}): string[] =>
  embeddings ? [embeddings.uploadId, ...(embeddings.ids ? [embeddings.ids] : [])] : [];
