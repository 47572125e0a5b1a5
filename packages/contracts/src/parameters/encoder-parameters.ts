import { z } from "zod";
import { CheckpointSource } from "./checkpoint-parameters.js";

/** Vectors of a dataset's rows, of a pretrained encoder that the workers run. */
export const EncoderSource = z
  .strictObject({
    checkpoint: CheckpointSource.meta({
      description:
        "A folder below the workers' MODELS_DIR with a BERT or an ALBERT and its tokenizer, as `winnow models pull` writes it",
    }),
    pooling: z.enum(["mean", "cls"]).meta({ id: "VectorPooling" }).default("mean").meta({
      description: "A text's vector: the mean of its tokens' last rows, or the row of [CLS]",
    }),
    maxLength: z.int().min(3).max(512).optional().meta({
      description:
        "Tokens of a text that are read; the rest is cut off. Default 128, or what the model takes",
    }),
    static: z.boolean().default(false).meta({
      description:
        "Encodes the vocabulary once instead of every row; a row is the weighted sum of its tokens' vectors",
    }),
  })
  .meta({ id: "EncoderSource" });
export type EncoderSource = z.infer<typeof EncoderSource>;

/** Rows for which a task of its own is worth the start of its process. */
const SHARD_ROWS = 4096;
/** Each shard's task reads all texts of the dataset. */
const MOST_SHARDS = 16;

/** What a model says of vectors that tasks make before its folds. */
export interface EncodedVectors {
  readonly encoder?: EncoderSource | undefined;
  readonly embeddingsEndpoint?: boolean | undefined;
}

/** Whether a run's vectors are made by tasks of its own. */
export const encodesRows = ({ encoder, embeddingsEndpoint }: EncodedVectors): boolean =>
  encoder !== undefined || embeddingsEndpoint === true;

/** The tasks that make the vectors of a dataset's rows; the vocabulary of the static way is one. */
export function encodingShards(model: EncodedVectors, rows: number): number {
  if (!encodesRows(model)) return 0;
  if (model.encoder?.static) return 1;
  return Math.min(MOST_SHARDS, Math.max(1, Math.ceil(rows / SHARD_ROWS)));
}
