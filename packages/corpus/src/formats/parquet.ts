import { type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { CorpusError } from "../errors.js";
import { ColumnChoice } from "../options/column-choice.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RandomAccess } from "../options/ingest-options.js";
import type { RowSink } from "../rows/raw-row.js";
import { classLabelNames } from "./class-label-names.js";
import { exactDecimals } from "./exact-decimals.js";
import { ObjectRows } from "./object-rows.js";

/**
 * A page of an ordinary file has about a megabyte; larger ones are refused before they are
 * allocated.
 */
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

/** The footer's length is what the file claims; an ordinary one has a few megabytes. */
const MAX_FOOTER_BYTES = 64 * 1024 * 1024;

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
    return topLevel(this.#metadata);
  }

  /** The class names that Hugging Face stored for a column, if the file has them. */
  classNames(column: string): readonly string[] | undefined {
    const entry = this.#metadata.key_value_metadata?.find(({ key }) => key === "huggingface");
    return classLabelNames(entry?.value, column);
  }

  /** The first rows with all their columns. */
  async firstRows(rows: number): Promise<object[]> {
    const options = { file: this.#file, metadata: this.#metadata, rowStart: 0, rowEnd: rows };
    return guarded(() =>
      parquetReadObjects({ ...options, compressors: CAPPED_COMPRESSORS, parsers }),
    );
  }

  /** Passes rows to the sink, one row group at a time; yields the bytes read so far after each. */
  async *feed(format: DatasetFormat, sink: RowSink, choice: ColumnChoice): AsyncGenerator<number> {
    const kept = this.columns().filter((name, position) => choice.keeps(name, position));
    choice.checkFound(this.columns());
    const rows = new ObjectRows(format, choice.none ? choice : new ColumnChoice(kept));
    const columns = this.#wantedColumns(rows, kept);
    const { metadata, restore } = exactDecimals(this.#metadata);
    let rowStart = 0;
    let bytes = 0;
    for (const group of this.#metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const options = { file: this.#file, metadata, columns, rowStart, rowEnd };
      const objects = await guarded(() =>
        parquetReadObjects({ ...options, compressors: CAPPED_COMPRESSORS, parsers }),
      );
      objects.forEach((object, i) => {
        restore?.(object);
        rows.take(object, rowStart + i + 1, null, sink);
      });
      rowStart = rowEnd;
      bytes += group.columns.reduce(
        (sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0),
        0,
      );
      yield Math.min(bytes, this.#file.byteLength);
    }
    rows.finish(sink);
  }

  #wantedColumns(rows: ObjectRows, kept: readonly string[]): string[] {
    const there = topLevel(this.#metadata);
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

/** The schema is a tree in depth-first order, under a root. */
function topLevel({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at]?.num_children ?? 0;
    at += 1;
    for (let i = 0; i < children && at < schema.length; i += 1) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name ?? "");
    skip();
  }
  return names;
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

const parsers = {
  /** The library's own decoder drops a byte order mark at the start of every string. */
  stringFromBytes: (bytes: Uint8Array | undefined): string | undefined =>
    bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"),
  /** A day has no time of day and no time zone. */
  dateFromDays: (days: number): string | Date => {
    const date = new Date(days * 86_400_000);
    return Number.isFinite(date.getTime()) ? date.toISOString().replace(/T.*/, "") : date;
  },
};

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
