import {
  type FileMetaData,
  type ParquetReadOptions,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { CorpusError } from "../errors.js";
import { ColumnChoice } from "../options/column-choice.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RandomAccess } from "../options/ingest-options.js";
import type { RowSink } from "../rows/raw-row.js";
import { classLabelNames } from "./class-label-names.js";
import { EXACT_PARSERS, exactValues, readName } from "./exact-values.js";
import { ObjectRows } from "./object-rows.js";
import { describedColumn, topLevelColumns } from "./parquet-element.js";

/**
 * A page of an ordinary file has about a megabyte; larger ones are refused before they are
 * allocated.
 */
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

/** The footer's length is what the file claims; an ordinary one has a few megabytes. */
const MAX_FOOTER_BYTES = 64 * 1024 * 1024;

/** A wide row group is decoded in steps of so many values, but not of fewer rows than these. */
const MAX_STEP_VALUES = 4_000_000;
const MIN_STEP_ROWS = 20_000;

/** A row group is decoded as a whole; more rows than this do not fit into a worker's memory. */
const MAX_GROUP_ROWS = 2_000_000;

/**
 * An open parquet file, with the class names that Hugging Face's `datasets` may have stored in it.
 */
export class ParquetFile {
  readonly #file: RandomAccess;
  readonly #metadata: FileMetaData;

  constructor(file: RandomAccess, metadata: FileMetaData) {
    this.#file = file;
    this.#metadata = metadata;
  }

  /** Reads the footer. Throws CorpusError "bad-parquet" or "empty-file". */
  static async open(file: RandomAccess): Promise<ParquetFile> {
    if (file.byteLength === 0) {
      throw new CorpusError("empty-file", "The file holds no rows. Upload a file with data in it.");
    }
    const metadata = await guarded(async () => {
      await checkFooter(file);
      return parquetMetadataAsync(file);
    });
    const rows = metadata.row_groups.map((group) => Number(group.num_rows));
    const largest = Math.max(0, ...rows);
    if (largest > MAX_GROUP_ROWS) {
      throw new CorpusError(
        "bad-parquet",
        `A row group has ${largest} rows. Write the file with at most ${MAX_GROUP_ROWS} rows per group.`,
        { limit: MAX_GROUP_ROWS },
      );
    }
    return new ParquetFile(file, metadata);
  }

  /** Names of the top-level columns. */
  columns(): string[] {
    return topLevelColumns(this.#metadata).map(({ element }) => element.name);
  }

  /** The class names that Hugging Face stored for a column, if the file has them. */
  classNames(column: string): readonly string[] | undefined {
    const entry = this.#metadata.key_value_metadata?.find(({ key }) => key === "huggingface");
    return classLabelNames(entry?.value, column);
  }

  /** The first rows with all their columns. */
  async firstRows(rows: number): Promise<object[]> {
    const { metadata, restore } = exactValues(this.#metadata);
    const objects = await this.#read({ metadata, rowStart: 0, rowEnd: rows });
    objects.forEach(restore);
    return objects;
  }

  /** Passes rows to the sink, one row group at a time; yields the bytes read so far after each. */
  async *feed(format: DatasetFormat, sink: RowSink, choice: ColumnChoice): AsyncGenerator<number> {
    const kept = this.columns().filter((name, position) => choice.keeps(name, position));
    choice.checkFound(this.columns());
    const declared = new Map(
      topLevelColumns(this.#metadata).map(({ element }) => [
        element.name,
        describedColumn(element),
      ]),
    );
    const rows = new ObjectRows(format, choice.none ? choice : new ColumnChoice(kept), declared);
    const columns = this.#wantedColumns(rows, kept);
    const { metadata, restore } = exactValues(this.#metadata);
    let rowStart = 0;
    let bytes = 0;
    for (const group of this.#metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const step = Math.max(MIN_STEP_ROWS, Math.floor(MAX_STEP_VALUES / columns.length));
      for (; rowStart < rowEnd; rowStart += step) {
        const stepEnd = Math.min(rowEnd, rowStart + step);
        const objects = await this.#read({
          metadata,
          columns: columns.map(readName),
          rowStart,
          rowEnd: stepEnd,
        });
        objects.forEach((object, i) => {
          restore(object);
          rows.take(object, rowStart + i + 1, null, sink);
        });
      }
      rowStart = rowEnd;
      bytes += group.columns.reduce(
        (sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0),
        0,
      );
      yield Math.min(bytes, this.#file.byteLength);
    }
    rows.finish(sink);
  }

  #read(what: Pick<ParquetReadOptions, "metadata" | "columns" | "rowStart" | "rowEnd">) {
    // Bytes that are not said to be text stay bytes.
    const options = { file: this.#file, utf8: false, parsers: EXACT_PARSERS };
    return guarded(() =>
      parquetReadObjects({ ...options, ...what, compressors: CAPPED_COMPRESSORS }),
    );
  }

  #wantedColumns(rows: ObjectRows, kept: readonly string[]): string[] {
    const there = this.columns();
    const wanted = rows.columns().map((path) => {
      const column = there.includes(path) ? path : path.split(".")[0]!;
      if (there.includes(column)) return column;
      throw columnNotFound(column, there, "The file has the columns");
    });
    const needed = new Set([...wanted, ...kept]);
    return there.filter((name) => needed.has(name));
  }
}

/** The library reads as many bytes as the file claims for its footer. */
async function checkFooter(file: RandomAccess): Promise<void> {
  const end = Buffer.from(await file.slice(Math.max(0, file.byteLength - 8), file.byteLength));
  const bytes = end.length < 8 ? 0 : end.readUInt32LE(0);
  if (bytes > MAX_FOOTER_BYTES) throw new Error(`a footer of ${bytes} bytes`);
}

const CAPPED_COMPRESSORS = Object.fromEntries(
  Object.entries(compressors).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, outputLength: number) => {
      if (outputLength > MAX_PAGE_BYTES) throw new Error(`a page of ${outputLength} bytes`);
      return unpack(input, outputLength);
    },
  ]),
);

/** Whatever the library throws for hostile bytes means one thing: the file is damaged. */
async function guarded<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CorpusError(
      "bad-parquet",
      `The parquet file cannot be read (${why.slice(0, 200)}). Write it again.`,
      {},
      { cause: error },
    );
  }
}
