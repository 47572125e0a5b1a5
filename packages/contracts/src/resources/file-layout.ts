import { z } from "zod";
import { DatasetFormat } from "../parameters/dataset-parameters.js";

export const COLUMN_ROLES = ["text", "label", "id", "trueLabel"] as const;
export const COLUMN_TYPES = ["text", "integer", "number", "boolean", "json"] as const;

/** A column of the file as the API shows it. */
export const DatasetColumn = z
  .object({
    name: z.string().meta({
      description:
        "As in the file; column_N (N from 0) if it has none there, or that of an earlier column",
    }),
    type: z.enum(COLUMN_TYPES).meta({
      id: "ColumnType",
      description: "What the values are; json: lists, objects, or values of several types",
    }),
    role: z
      .enum(COLUMN_ROLES)
      .meta({ id: "ColumnRole" })
      .nullable()
      .meta({ description: "The part of a sample that it holds; null for the others" }),
  })
  .meta({ id: "DatasetColumn" });
export type DatasetColumn = z.infer<typeof DatasetColumn>;

/** A value of a column. A list, since names come from the file. */
export const ColumnValue = z
  .object({
    name: z.string(),
    value: z.unknown().meta({
      description: "A JSON value; a number with more digits than JSON readers keep is a text",
    }),
  })
  .meta({ id: "ColumnValue" });
export type ColumnValue = z.infer<typeof ColumnValue>;

/** A column as a dataset stores it: `@winnow/corpus` says what the parts mean. */
export const FileColumn = z.object({
  ...DatasetColumn.shape,
  header: z.string().optional(),
  encoding: z.enum(["text", "json"]),
  labelPath: z.array(z.string()).readonly().optional(),
  isLabelCode: z.literal(true).optional(),
  isRest: z.literal(true).optional(),
  parquet: z
    .object({
      type: z.string().optional(),
      type_length: z.int().optional(),
      converted_type: z.string().optional(),
      logical_type: z.looseObject({ type: z.string() }).optional(),
      precision: z.int().optional(),
      scale: z.int().optional(),
    })
    .optional(),
});
export type FileColumn = z.infer<typeof FileColumn>;

/** What is needed to write a dataset as the file that it was read from. */
export const FileLayout = z.object({
  format: DatasetFormat,
  /** In file order; the order of the samples' cells. */
  columns: z.array(FileColumn),
  /** How the file writes the labels of a class, where that is not its name: name and cell. */
  labelCells: z.array(z.tuple([z.string(), z.string()])).optional(),
});
export type FileLayout = z.infer<typeof FileLayout>;
