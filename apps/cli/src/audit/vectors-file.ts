import type { VectorBlock, VectorSource } from "@winnow/linear";
import {
  fileOrder,
  type NpyStream,
  placesById,
  readVectorIds,
  vectorLayout,
  vectorsAt,
} from "@winnow/npy";
import { type ArrayPath, arrayIn, withArray } from "../files/array-file.js";
import { named, naming } from "../files/naming.js";
import { CliError } from "../terminal/failure.js";
import { count } from "../terminal/text.js";
import type { AuditRows } from "./read-file.js";
import type { OpenVectors } from "./vectors-of-rows.js";

export interface VectorsFile {
  /** Vectors, (n, d). */
  readonly array: ArrayPath;
  /** The id of each vector's row, (n), as in the file's id column; without it, rows are in order. */
  readonly ids: ArrayPath | undefined;
  /** The audited file, for messages. */
  readonly file: string;
}

/** Vectors that are put in order are held as float32. */
const MOST_HELD_BYTES = 2 ** 31;

/**
 * The vectors of the kept rows out of an npy: one a record of the audited file, or one a kept row, in
 * its order; with ids in any order. It is read block by block, as often as it takes.
 */
export function vectorsInFile({ array, ids, file }: VectorsFile): OpenVectors {
  return async (rows, { signal }) => {
    const layout = await withArray(array, async ({ header }) => vectorLayout(header));
    const { rows: vectors, columns: d } = layout;
    const places =
      ids === undefined
        ? orderedPlaces(rows, vectors, { vectors: array.file, file })
        : await idPlaces(rows, await readIds(ids, vectors, array.file), { ids: ids.file, file });
    const { wanted, order } = fileOrder(places);
    const source = { n: wanted.length, d, blocks: () => selected(array, wanted, signal) };
    return order === null ? source : heldInOrder(source, order, array.file);
  };
}

/** By kept row: the place of its vector, ascending. */
function orderedPlaces(
  { labels, records, summary }: AuditRows,
  vectors: number,
  names: { vectors: string; file: string },
): Int32Array {
  const kept = labels.length;
  const { rowsRead } = summary.profile;
  if (vectors === rowsRead) return records.map((record) => record - 1);
  if (vectors === kept) return Int32Array.from({ length: kept }, (_, row) => row);
  const rows =
    rowsRead === kept
      ? `${count(kept)} records`
      : `${count(rowsRead)} records, of which ${count(kept)} are kept`;
  throw new CliError(
    "length-mismatch",
    `${names.vectors} has ${count(vectors)} vectors and ${names.file} has ${rows}: save one vector ` +
      "a record, or one a kept row, in the file's order; or name their rows with --embeddings-ids",
  );
}

async function readIds(path: ArrayPath, vectors: number, file: string): Promise<string[]> {
  const ids = await withArray(path, readVectorIds);
  if (ids.length === vectors) return ids;
  throw new CliError(
    "length-mismatch",
    `${path.file} has ${count(ids.length)} ids and ${file} has ${count(vectors)} vectors: one id a vector`,
  );
}

async function idPlaces(
  { ids, lines }: AuditRows,
  vectorIds: readonly string[],
  names: { ids: string; file: string },
): Promise<Int32Array> {
  if (ids === undefined) throw new Error("the rows' ids were not read");
  const places = await naming(names.ids, async () => placesById(ids, vectorIds));
  const row = places.indexOf(-1);
  if (row < 0) return places;
  const id = ids[row]!;
  const what = id === null ? "has no id" : `has the id ${JSON.stringify(id)}, which no vector has`;
  throw new CliError(
    "unknown-id",
    `${names.file}, line ${lines[row]}: the row ${what}; name the ids' column with --id-column`,
  );
}

/** The vectors at some places, in the file's order. */
async function* selected(
  array: ArrayPath,
  wanted: Int32Array,
  signal: AbortSignal,
): AsyncGenerator<VectorBlock> {
  try {
    const read = (npy: NpyStream) => vectorsAt(npy, wanted, { reuseMemory: true });
    for await (const block of arrayIn(array, read)) {
      signal.throwIfAborted();
      yield block;
    }
  } catch (error) {
    throw named(array.file, error);
  }
}

/** Reads vectors in the file's order once and holds them in that of the rows. */
async function heldInOrder(
  { d, blocks }: VectorSource,
  order: Int32Array,
  file: string,
): Promise<VectorSource> {
  const n = order.length;
  const bytes = 4 * n * d;
  if (bytes > MOST_HELD_BYTES) {
    throw new CliError(
      "too-large",
      `${file}: ${count(n)} vectors of ${count(d)} columns are too many to put in order in memory; ` +
        "save them in the order of the file's records, without --embeddings-ids",
    );
  }
  const rowAt = Int32Array.from({ length: n }, (_, row) => row);
  rowAt.sort((a, b) => order[a]! - order[b]!);
  const values = new Float32Array(n * d);
  let next = 0;
  for await (const { start, rows, values: own } of blocks()) {
    for (let i = 0; i < rows; i++) {
      const vector = own.subarray(i * d, (i + 1) * d);
      while (next < n && order[rowAt[next]!] === start + i) values.set(vector, rowAt[next++]! * d);
    }
  }
  return { n, d, blocks: () => [{ start: 0, rows: n, values }] };
}
