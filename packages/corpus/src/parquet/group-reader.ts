import { type FileMetaData, parquetSchema } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { assembleAsync, asyncGroupToRows } from "hyparquet/src/rowgroup.js";
import { getTreePath } from "hyparquet/src/schema.js";
import type { RandomAccess } from "../options/ingest-options.js";
import { ChunkBytes } from "./chunk-bytes.js";
import { ColumnReader } from "./column-reader.js";
import { EXACT_PARSERS } from "./exact-values.js";
import { chunkRange } from "./footer.js";

/** What all windows of a row group's columns take together at most. */
const WINDOWS_BYTES = 32 * 1024 * 1024;
const MAX_WINDOW_BYTES = 1024 * 1024;
const MIN_WINDOW_BYTES = 16 * 1024;

const PARSERS = { ...DEFAULT_PARSERS, ...EXACT_PARSERS };

/** The rows of a row group, some at a time. */
export class GroupReader {
  readonly #columns: { readonly path: string[]; readonly reader: ColumnReader }[];
  readonly #tree: ReturnType<typeof parquetSchema>;

  /** `columns` are the top-level columns that are read; undefined: all. */
  constructor(
    file: RandomAccess,
    metadata: FileMetaData,
    { columns: chunks, num_rows }: FileMetaData["row_groups"][number],
    columns: ReadonlySet<string> | undefined,
  ) {
    this.#tree = parquetSchema(metadata);
    const wanted = chunks
      .map(({ meta_data }) => meta_data!)
      .filter((meta) => columns?.has(meta.path_in_schema[0]!) ?? true);
    const share = Math.floor(WINDOWS_BYTES / wanted.length);
    const windowBytes = Math.max(MIN_WINDOW_BYTES, Math.min(share, MAX_WINDOW_BYTES));
    this.#columns = wanted.map((meta) => {
      const { path_in_schema: path, type, codec } = meta;
      const schemaPath = getTreePath(this.#tree, path);
      const { element, children } = schemaPath.at(-1)!;
      if (children.length > 0 || element.type !== type) {
        throw new Error(`values of the column ${JSON.stringify(path.join("."))} have another type`);
      }
      const range = chunkRange(meta);
      const chunk = new ChunkBytes(file, range, windowBytes);
      const decoder = {
        pathInSchema: path,
        element,
        schemaPath,
        type,
        codec,
        parsers: PARSERS,
        // Bytes that are not said to be text stay bytes.
        utf8: false,
      };
      const rows = Number(num_rows);
      return { path, reader: new ColumnReader(chunk, range.start, { decoder, codec, rows }) };
    });
  }

  /** The next rows, each as an object of its top-level columns. */
  async read(rows: number): Promise<Record<string, unknown>[]> {
    const read = await Promise.all(this.#columns.map(({ reader }) => reader.read(rows)));
    const group = {
      groupStart: 0,
      groupRows: rows,
      selectStart: 0,
      selectEnd: rows,
      asyncColumns: this.#columns.map(({ path }, i) => ({
        pathInSchema: path,
        data: Promise.resolve({ data: [read[i]!], skipped: 0 }),
      })),
    };
    const assembled = assembleAsync(group, this.#tree, EXACT_PARSERS);
    return asyncGroupToRows(assembled, 0, rows, undefined, "object");
  }
}
