/** The part of a sample that a column of the file holds. */
export type ColumnRole = "text" | "label" | "id" | "trueLabel";

/** What the values of a column are. A json column holds lists, objects, or values of several types. */
export type ColumnType = "text" | "integer" | "number" | "boolean" | "json";

/** How parquet stores a column, in the words of its schema. */
export interface ParquetElement {
  type?: string | undefined;
  type_length?: number | undefined;
  converted_type?: string | undefined;
  logical_type?: { readonly type: string; readonly [detail: string]: unknown } | undefined;
  precision?: number | undefined;
  scale?: number | undefined;
}

/** A column of the file that a dataset keeps; those of the roles are always among them. */
export interface FileColumn {
  /** Unique among the file's columns. */
  name: string;
  /** The name in the file, where that is empty or an earlier column's; `name` then says the position. */
  header?: string | undefined;
  type: ColumnType;
  /** How `cells` hold a value: as it stands in the file, or as JSON. */
  encoding: "text" | "json";
  role: ColumnRole | null;
  /** Where the label is inside the values of this json column. */
  labelPath?: readonly string[] | undefined;
  /** The values are Toutiao's codes of the labels. */
  isLabelCode?: true | undefined;
  /** A column of a parquet file, unless its values are lists or groups. */
  parquet?: ParquetElement | undefined;
  /** The values are objects of the keys for which the file had too many columns. */
  isRest?: true | undefined;
}

/**
 * A row's values by column. null: the row has no such value, or, in the column of a role, the sample's
 * own text, label or id is the value, as it stands in the file. Nulls at the end are left out.
 */
export type Cells = readonly (string | null)[];
