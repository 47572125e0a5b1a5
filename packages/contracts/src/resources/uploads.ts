import { z } from "zod";
import { DatasetFormat } from "../parameters/dataset-parameters.js";
import { UploadId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";
import { Warning } from "./pages.js";

export const Upload = z
  .object({
    id: UploadId,
    bytes: Count.meta({ description: "Size of the whole file" }),
    received: Count.meta({ description: "Less than bytes until a resumable upload is complete" }),
    sha256: z
      .string()
      .length(64)
      .nullable()
      .meta({ description: "null until all bytes have arrived" }),
    createdAt: Time,
  })
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof Upload>;

/** The start of a file as an ingest would read it. */
export const UploadPreview = z
  .object({
    compression: z.string().meta({ description: "none, gzip, zstd or zip" }),
    encoding: z.string().meta({
      description: "The one of the format, or guessed from the bytes; not every one can be read",
    }),
    format: DatasetFormat.nullable().meta({
      description: "The format that the rows were read with; null if none fits",
    }),
    guessed: z.boolean().meta({ description: "Whether the service chose that format" }),
    confidence: z.number().min(0).max(1).meta({
      description: "How likely a guessed format reads the file as it is meant; 1 for a given one",
    }),
    alternatives: z
      .array(
        z.object({ format: DatasetFormat, reason: z.string() }).meta({ id: "FormatAlternative" }),
      )
      .meta({ description: "What else the file could be, the likeliest first" }),
    columns: z
      .array(z.string())
      .nullable()
      .meta({ description: "null if the format has no names" }),
    samples: z
      .array(
        z
          .looseObject({ line: z.int(), text: z.string(), label: z.string() })
          .meta({ id: "PreviewSample" }),
      )
      .meta({ description: "The first rows that an ingest would keep" }),
    rejects: z
      .array(
        z
          .object({ line: z.int(), reason: z.string(), detail: z.string(), excerpt: z.string() })
          .meta({ id: "PreviewReject" }),
      )
      .meta({ description: "Lines that an ingest would not keep" }),
    classes: z
      .array(z.object({ name: z.string(), count: Count }).meta({ id: "PreviewClass" }))
      .meta({ description: "Of the rows that were read" }),
    rowsLooked: Count.meta({ description: "How many rows were read" }),
    aliases: z
      .array(z.looseObject({ from: z.string(), to: z.string() }).meta({ id: "SimilarNames" }))
      .meta({
        description:
          "Names that look like the same class; they only apply if the ingest asks for them",
      }),
    warnings: z.array(Warning).meta({
      description: "Remarks about the labels of the rows that were read",
    }),
    problem: z
      .object({ code: z.string(), message: z.string() })
      .meta({ id: "PreviewProblem" })
      .nullable()
      .meta({ description: "Why the rest of the file cannot be read; null if it can" }),
  })
  .meta({ id: "UploadPreview" });
export type UploadPreview = z.infer<typeof UploadPreview>;
