import { type FileMetaData, parquetMetadata, type SchemaElement } from "hyparquet";
import type { RandomAccess } from "../options/ingest-options.js";
import { endOfStruct } from "./compact-protocol.js";

/** The footer's length is what the file claims; an ordinary one has a few megabytes. */
const MAX_FOOTER_BYTES = 64 * 1024 * 1024;
/** Real schemas nest less than ten deep; the library keeps each element's path. */
const MAX_SCHEMA_DEPTH = 64;
/** The footer's length and the magic number. */
const END_BYTES = 8;

/**
 * The metadata of a file: what it says of its schema, row groups and column chunks, each within the
 * file. Throws plain errors, whose messages name what is wrong.
 */
export async function readFooter(file: RandomAccess): Promise<FileMetaData> {
  const { byteLength } = file;
  const end = Buffer.from(await file.slice(Math.max(0, byteLength - END_BYTES), byteLength));
  if (end.length < END_BYTES || end.toString("latin1", 4) !== "PAR1") {
    throw new Error("it does not end with PAR1");
  }
  const bytes = end.readUInt32LE(0);
  if (bytes > MAX_FOOTER_BYTES) throw new Error(`a footer of ${bytes} bytes`);
  if (bytes > byteLength - END_BYTES) {
    throw new Error(`a footer of ${bytes} bytes in a file of ${byteLength}`);
  }
  const footer = new Uint8Array(await file.slice(byteLength - END_BYTES - bytes, byteLength));
  endOfStruct(footer.subarray(0, footer.length - END_BYTES), 0);
  const read = parquetMetadata(footer);
  const metadata = { ...read, schema: read.schema.map(checkedElement) };
  const leaves = leavesOf(metadata.schema);
  for (const group of metadata.row_groups) checkGroup(group, leaves, byteLength);
  return metadata;
}

/** More digits than any decimal has. */
const MAX_SCALE = 1000;

/** The library takes a field of any type for what it should be, and hands unknown logical types on. */
function checkedElement(element: SchemaElement): SchemaElement {
  const { name, type_length, num_children, scale, precision, logical_type } = element;
  if (typeof name !== "string") throw new Error("a column without a name");
  for (const number of [type_length, num_children, scale, precision]) {
    if (number !== undefined && !Number.isInteger(number)) {
      throw new Error(`a schema in which ${JSON.stringify(name.slice(0, 80))} lacks a number`);
    }
  }
  if (Math.abs(scale ?? 0) > MAX_SCALE) throw new Error(`a decimal of ${scale} digits`);
  if (logical_type === undefined) return element;
  const { logical_type: _, ...plain } = element;
  const isKnown = typeof logical_type?.type === "string";
  return isKnown && Object.values(logical_type).every(isPlain) ? element : plain;
}

const isPlain = (value: unknown): boolean =>
  value === undefined || ["string", "number", "boolean"].includes(typeof value);

/** The number of columns that hold values. */
function leavesOf(schema: readonly SchemaElement[]): number {
  let leaves = 0;
  /** How many children are still to come at each level. */
  const open = [Number(schema[0]?.num_children ?? 0)];
  for (const { num_children } of schema.slice(1)) {
    while (open.at(-1) === 0) open.pop();
    if (open.length === 0) throw new Error("a schema with elements outside of its root");
    open[open.length - 1] = open.at(-1)! - 1;
    if (num_children) open.push(Number(num_children));
    else leaves += 1;
    if (open.length > MAX_SCHEMA_DEPTH) {
      throw new Error(`a schema that nests deeper than ${MAX_SCHEMA_DEPTH}`);
    }
  }
  if (open.some((missing) => missing !== 0)) throw new Error("a schema that lacks elements");
  return leaves;
}

function checkGroup(
  { num_rows, columns }: FileMetaData["row_groups"][number],
  leaves: number,
  fileBytes: number,
): void {
  if (Number(num_rows) < 0) throw new Error(`a row group of ${num_rows} rows`);
  if (columns.length !== leaves) {
    throw new Error(`a row group of ${columns.length} columns, where the schema has ${leaves}`);
  }
  for (const { file_path, meta_data } of columns) {
    if (file_path) throw new Error("a column that is in another file");
    if (!meta_data) throw new Error("a column without metadata");
    const { start, bytes } = chunkRange(meta_data);
    if (!(start >= 0 && bytes >= 0 && start + bytes <= fileBytes)) {
      throw new Error(`a column of ${bytes} bytes at ${start} in a file of ${fileBytes}`);
    }
  }
}

type ColumnMetaData = NonNullable<
  FileMetaData["row_groups"][number]["columns"][number]["meta_data"]
>;

/** Where the pages of a column chunk are. */
export function chunkRange(meta: ColumnMetaData): { start: number; bytes: number } {
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  return { start, bytes: Number(meta.total_compressed_size) };
}
