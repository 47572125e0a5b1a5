import type { VectorBlock, VectorSource } from "@winnow/linear";
import { decodeIntegers, decodeStrings, floatBlocks, type NpyStream } from "@winnow/npy";
import { type ArrayPath, arrayIn, withArray } from "../files/array-file.js";
import { named } from "../files/naming.js";
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
    const { vectors, d } = await withArray(array, async (npy) => shapeOf(npy));
    const places =
      ids === undefined
        ? orderedPlaces(rows, vectors, { vectors: array.file, file })
        : await placesById(rows, await readIds(ids, vectors, array.file), { ids: ids.file, file });
    const n = rows.labels.length;
    const source = { n, d, blocks: () => selected(array, places, d, signal) };
    return ids === undefined ? source : heldInOrder(source, places, array.file);
  };
}

function shapeOf({ header, rows, columns }: NpyStream): { vectors: number; d: number } {
  const { shape, dtype } = header;
  if (shape.length !== 2 || columns === 0) {
    throw new CliError(
      "wrong-dimensions",
      `vectors have the shape (rows, columns); this array has (${shape.join(", ")})`,
    );
  }
  if (!dtype.startsWith("float")) {
    throw new CliError(
      "wrong-dtype",
      `vectors are float16, float32 or float64; this array has ${dtype}: save array.astype(np.float32)`,
    );
  }
  return { vectors: rows, d: columns };
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
  const ids = await withArray(path, async (npy) => {
    if (npy.header.shape.length !== 1) {
      const shape = npy.header.shape.join(", ");
      throw new CliError(
        "wrong-dimensions",
        `ids have the shape (rows); this array has (${shape})`,
      );
    }
    const all: string[] = [];
    for await (const { start, bytes } of npy.blocks()) {
      const own =
        npy.header.dtype === "str"
          ? decodeStrings(npy.header, bytes)
          : Array.from(decodeIntegers(npy.header, bytes, start), String);
      for (const id of own) all.push(id);
    }
    return all;
  });
  if (ids.length === vectors) return ids;
  throw new CliError(
    "length-mismatch",
    `${path.file} has ${count(ids.length)} ids and ${file} has ${count(vectors)} vectors: one id a vector`,
  );
}

function placesById(
  { ids, lines }: AuditRows,
  vectorIds: readonly string[],
  names: { ids: string; file: string },
): Int32Array {
  if (ids === undefined) throw new Error("the rows' ids were not read");
  const placeOf = new Map<string, number>();
  for (const [place, id] of vectorIds.entries()) {
    if (placeOf.has(id)) {
      throw new CliError(
        "duplicate-id",
        `${names.ids} has the id ${JSON.stringify(id)} at ${placeOf.get(id)} and at ${place}; each vector needs an id of its own`,
      );
    }
    placeOf.set(id, place);
  }
  return Int32Array.from(ids, (id, row) => {
    const place = id === null ? undefined : placeOf.get(id);
    if (place !== undefined) return place;
    const what =
      id === null ? "has no id" : `has the id ${JSON.stringify(id)}, which no vector has`;
    throw new CliError(
      "unknown-id",
      `${names.file}, line ${lines[row]}: the row ${what}; name the ids' column with --id-column`,
    );
  });
}

/** The vectors at some places, in the file's order. */
async function* selected(
  array: ArrayPath,
  places: Int32Array,
  d: number,
  signal: AbortSignal,
): AsyncGenerator<VectorBlock> {
  const wanted = isAscending(places) ? places : places.slice().sort();
  try {
    let next = 0;
    const read = (npy: NpyStream) => floatBlocks(npy, { reuseMemory: true });
    for await (const { start, rows, values } of arrayIn(array, read)) {
      signal.throwIfAborted();
      const first = next;
      // Rows that were rejected have vectors too: those of kept rows move together.
      for (; next < wanted.length && wanted[next]! < start + rows; next++) {
        const from = (wanted[next]! - start) * d;
        requireNumbers(values, from, d, wanted[next]!);
        const to = (next - first) * d;
        if (from !== to) values.copyWithin(to, from, from + d);
      }
      const kept = next - first;
      if (kept > 0) yield { start: first, rows: kept, values: values.subarray(0, kept * d) };
    }
  } catch (error) {
    throw named(array.file, error);
  }
}

function requireNumbers(values: ArrayLike<number>, from: number, d: number, row: number): void {
  for (let c = 0; c < d; c++) {
    if (Number.isFinite(values[from + c]!)) continue;
    throw new CliError(
      "invalid-vectors",
      `row ${row}, column ${c}: ${values[from + c]} is not a finite number; encode the row anew, ` +
        "or replace its values by zeros",
    );
  }
}

const isAscending = (places: Int32Array): boolean =>
  places.every((place, row) => row === 0 || place > places[row - 1]!);

/** Reads vectors in the file's order once and holds them in that of the rows. */
async function heldInOrder(
  source: VectorSource,
  places: Int32Array,
  file: string,
): Promise<VectorSource> {
  const { n, d } = source;
  const bytes = 4 * n * d;
  if (bytes > MOST_HELD_BYTES) {
    throw new CliError(
      "too-large",
      `${file}: ${count(n)} vectors of ${count(d)} columns are too many to put in order in memory; ` +
        "save them in the order of the file's records, without --embeddings-ids",
    );
  }
  const rowAt = Int32Array.from({ length: n }, (_, row) => row);
  rowAt.sort((a, b) => places[a]! - places[b]!);
  const values = new Float32Array(n * d);
  let next = 0;
  for await (const { rows, values: own } of source.blocks()) {
    for (let i = 0; i < rows; i++) {
      values.set(own.subarray(i * d, (i + 1) * d), rowAt[next++]! * d);
    }
  }
  return { n, d, blocks: () => [{ start: 0, rows: n, values }] };
}
