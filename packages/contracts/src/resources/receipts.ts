import { z } from "zod";
import { ReviewUse } from "../parameters/review-parameters.js";
import { CrossValidationId, DatasetId, PruningId } from "../values/ids.js";
import { Count } from "../values/primitives.js";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const MadeBy = z
  .string()
  .nullish()
  .meta({ description: "The version that computed it; null: one that did not store it" });

const ExportedTable = z
  .object({
    name: z.string(),
    rows: Count,
    files: z.array(
      z.object({ path: z.string(), bytes: Count, sha256: Sha256 }).meta({ id: "ReceiptFile" }),
    ),
  })
  .meta({ id: "ReceiptTable" });

const facts = () => z.record(z.string(), z.unknown());

/**
 * How a result was made, and hashes of what it was made from and of what came out: enough to run it
 * again and to see whether the same comes out. Every hash is SHA-256.
 */
export const Receipt = z
  .object({
    format: z.literal("winnow-receipt/1"),
    winnow: z.string().meta({ description: "The version of the service that wrote the receipt" }),
    dataset: z
      .object({
        id: DatasetId,
        name: z.string(),
        rows: Count,
        file: z
          .string()
          .nullable()
          .meta({ description: "Of the file that it was read from; null for a derived dataset" }),
        contents: Sha256.meta({
          description: "Of the class names, and of every row's label and text in order",
        }),
      })
      .meta({ id: "ReceiptDataset" }),
    crossValidation: z
      .object({
        id: CrossValidationId,
        folds: Count,
        seed: z.number(),
        configuration: facts().meta({ description: "The parameters of the job that made it" }),
        backend: facts().nullable().meta({ description: "What computed it" }),
        winnow: MadeBy,
        accuracy: z.number().nullable(),
        split: Sha256.meta({ description: "Of the fold of every row in order, one byte each" }),
        probabilities: Sha256.meta({
          description: "Of the probabilities of every row in order, float32, little-endian",
        }),
      })
      .meta({ id: "ReceiptCrossValidation" })
      .nullable()
      .meta({ description: "null in the receipt of a dataset" }),
    pruning: z
      .object({
        id: PruningId,
        parameters: facts(),
        winnow: MadeBy,
        flagged: Count,
        droppedByReview: Count.optional().meta({
          description: "Rows that it would have flagged, had nobody decided about them before",
        }),
        flags: Sha256.meta({
          description: "Of every flag in order: rank, row, labels, fold and scores",
        }),
      })
      .meta({ id: "ReceiptPruning" })
      .nullable()
      .meta({ description: "null in the receipt of a dataset or a cross-validation" }),
    export: z
      .object({
        reviews: ReviewUse.meta({ description: "Whether what people decided is in the tables" }),
        tables: z.array(ExportedTable),
      })
      .meta({ id: "ReceiptExport" })
      .optional()
      .meta({ description: "Only in a dataset folder: the tables that lie beside the receipt" }),
    sha256: Sha256.meta({
      description: "Of all other members as JSON without blanks, names sorted: shows an edit",
    }),
  })
  .meta({ id: "Receipt" });
export type Receipt = z.infer<typeof Receipt>;

/** What the receipt's own hash is of. */
export function receiptText({
  sha256: _,
  ...receipt
}: Omit<Receipt, "sha256"> & { sha256?: string }) {
  return sortedJson(receipt);
}

/** JSON without blanks, its names in the order of their code units. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => sortedJson(one ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, own]) => own !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, own]) => `${JSON.stringify(name)}:${sortedJson(own)}`).join(",")}}`;
}
