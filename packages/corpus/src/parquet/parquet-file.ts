import type { FileMetaData } from "hyparquet";
import { RowMeter } from "../bytes/meter.js";
import { CorpusError } from "../errors.js";
import { classLabelNames } from "../formats/class-label-names.js";
import { ObjectRows } from "../formats/object-rows.js";
import { ColumnChoice } from "../options/column-choice.js";
import { columnNotFound } from "../options/column-not-found.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RandomAccess } from "../options/ingest-options.js";
import type { CorpusLimits } from "../options/limits.js";
import type { RowSink } from "../rows/raw-row.js";
import { exactValues, readName } from "./exact-values.js";
import { readFooter } from "./footer.js";
import { GroupReader } from "./group-reader.js";
import { describedColumn, topLevelColumns } from "./parquet-element.js";
import { rowSize } from "./row-size.js";

/** A step of so many values is decoded at once, whatever the size of the row group. */
const STEP_VALUES = 40_000;
const MAX_STEP_ROWS = 4_000;
/** The sink's rows are taken away when they hold so much. */
const HELD_BYTES = 4 * 1024 * 1024;
/** Of a preview: so many rows, or so much of them. */
const CUT_ROWS = 20_000;
const CUT_BYTES = 8 * 1024 * 1024;

/** Some writers make one page of a whole group; more rows than this do not fit into memory. */
const MAX_GROUP_ROWS = 2_000_000;

/** Rows of a file, decoded: their values by top-level column, and what they cost. */
interface Step {
  readonly objects: Record<string, unknown>[];
  /** Of the first object, from 1. */
  readonly line: number;
  /** Whether a row group ends here. */
  readonly endsGroup: boolean;
  readonly groupBytes: number;
}

/**
 * An open parquet file, with the class names that Hugging Face's `datasets` may have stored in it. Nothing
 * that the file claims is believed before it is checked against what there is: its bytes, and the rows of
 * its groups.
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
    const metadata = await guarded(() => readFooter(file));
    const rows = metadata.row_groups.map((group) => Number(group.num_rows));
    const largest = rows.reduce((most, count) => Math.max(most, count), 0);
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
    const first: Record<string, unknown>[] = [];
    for await (const { objects } of this.#steps(metadata, undefined, rows)) {
      first.push(...objects.slice(0, rows - first.length));
      if (first.length === rows) break;
    }
    first.forEach(restore);
    return first;
  }

  /**
   * Passes rows to the sink; yields the bytes read so far now and then. With `cut` only the first rows of the
   * first row group. A row whose values are longer than the limit is a reject. Throws CorpusError
   * "too-large-decompressed" where rows hold far more than the file has bytes.
   */
  async *feed(
    format: DatasetFormat,
    sink: RowSink,
    choice: ColumnChoice,
    limits: CorpusLimits,
    cut = false,
  ): AsyncGenerator<number> {
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
    const meter = new RowMeter(this.#file.byteLength, limits);
    const take = (object: Record<string, unknown>, line: number): number => {
      const size = rowSize(object, limits.maxLineBytes);
      meter.row(size);
      if (size > limits.maxLineBytes) {
        const detail = `the values of the row have more than ${limits.maxLineBytes} bytes`;
        sink.reject(line, "too-long", detail, "");
      } else {
        restore(object);
        rows.take(object, line, null, sink);
      }
      return size;
    };
    const names = new Set(columns.map(readName));
    let [bytes, held] = [0, 0];
    for await (const { objects, line, endsGroup, groupBytes } of this.#steps(metadata, names)) {
      for (const [i, object] of objects.entries()) {
        held += take(object, line + i);
        if (cut && meter.bytes > CUT_BYTES) return;
        if (held < HELD_BYTES) continue;
        held = 0;
        yield Math.min(bytes, this.#file.byteLength);
      }
      if (endsGroup) bytes += groupBytes;
      yield Math.min(bytes, this.#file.byteLength);
      if (cut && (endsGroup || line + objects.length > CUT_ROWS)) return;
    }
    rows.finish(sink);
  }

  async *#steps(
    metadata: FileMetaData,
    columns: ReadonlySet<string> | undefined,
    most = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<Step> {
    const width = columns?.size ?? topLevelColumns(metadata).length;
    const stepRows = Math.min(most, MAX_STEP_ROWS, Math.ceil(STEP_VALUES / Math.max(1, width)));
    let line = 1;
    for (const group of metadata.row_groups) {
      const groupRows = Number(group.num_rows);
      if (groupRows === 0) continue;
      const reader = await guarded(
        async () => new GroupReader(this.#file, metadata, group, columns),
      );
      for (let row = 0; row < groupRows; row += stepRows) {
        const rows = Math.min(stepRows, groupRows - row);
        const objects = await guarded(() => reader.read(rows));
        yield { objects, line, endsGroup: row + rows >= groupRows, groupBytes: packedBytes(group) };
        line += rows;
      }
    }
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

const packedBytes = ({ columns }: FileMetaData["row_groups"][number]): number =>
  columns.reduce((sum, { meta_data }) => sum + Number(meta_data?.total_compressed_size ?? 0), 0);

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
