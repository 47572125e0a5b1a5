import { AppError, type EmbeddingSource } from "@winnow/contracts";
import type { VectorBlock, VectorSource } from "@winnow/linear";
import {
  decodeOwn,
  fileOrder,
  type NpyStream,
  placesById,
  readVectorIds,
  vectorLayout,
  vectorsAt,
} from "@winnow/npy";
import { READER_LIMITS, Readers } from "@winnow/reader";
import type { ScratchFile } from "@winnow/storage";
import { readExternalIds, readRecords, type Store } from "@winnow/store";
import { type FileDeps, type NpyFile, withNpy } from "../../files/npy-file.js";
import { openStorage } from "../../files/storage.js";

/** The rows that vectors are wanted of. */
interface Rows {
  readonly datasetId: string;
  /** Samples. */
  readonly n: number;
}

interface VectorDeps {
  readonly store: Store;
  /** Absolute. */
  readonly storageDir: string;
  /** Holds the vectors, of which passes read one block at a time. */
  readonly scratch: ScratchFile;
}

const BLOCK_BYTES = 1 << 20;
/** Wider vectors than any encoder has; what is unpacked of an npz is bounded by it. */
const MOST_COLUMNS = 65_536;
/** Ids of more characters are refused. */
const MOST_ID_BYTES = 4096;
const ID_BLOCK = 10_000;

/**
 * The vectors of a dataset's samples out of an upload: one a sample, one a record of its file, or in any
 * order by ids. They are read and checked once, and copied to the scratch file. Throws `bad-npy`.
 */
export async function readRunVectors(
  source: EmbeddingSource,
  rows: Rows,
  deps: VectorDeps,
): Promise<VectorSource> {
  const readers = new Readers(READER_LIMITS);
  const storage = openStorage(deps.storageDir, null, null);
  const files = { store: deps.store, storage, readers };
  try {
    const ids = source.ids === undefined ? null : await readIds(source.ids, source, rows, files);
    const file = {
      uploadId: source.uploadId,
      array: source.array,
      arrayField: "model/embeddings/array",
      what: "embeddings",
      shape: [8 * rows.n + 1_000_000, MOST_COLUMNS],
    };
    const copied = withNpy(file, files, async function* (npy) {
      yield await copyVectors(npy, ids, rows, deps);
    });
    for await (const vectors of copied) return vectors;
    throw new Error("the embeddings were not read");
  } finally {
    readers.close();
  }
}

async function copyVectors(
  npy: NpyStream,
  ids: readonly string[] | null,
  rows: Rows,
  { store, scratch }: VectorDeps,
): Promise<VectorSource> {
  const { rows: count, columns: d } = vectorLayout(npy.header);
  const places =
    ids === null
      ? await orderedPlaces(store, rows, count)
      : await idPlaces(store, rows, ids, count);
  const { wanted, order } = fileOrder(places);
  for await (const { bytes } of vectorsAt(npy, wanted)) scratch.append(bytes);
  const { header } = npy;
  return { n: rows.n, d, blocks: () => blocksOf(scratch, { header, n: rows.n, d, order }) };
}

function* blocksOf(
  scratch: ScratchFile,
  {
    header,
    n,
    d,
    order,
  }: { header: NpyStream["header"]; n: number; d: number; order: Int32Array | null },
): Generator<VectorBlock> {
  const rowBytes = d * header.itemSize;
  const most = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  for (let start = 0; start < n; start += most) {
    const rows = Math.min(most, n - start);
    const bytes = new Uint8Array(rows * rowBytes);
    if (order === null) scratch.read(start * rowBytes, bytes);
    else {
      for (let i = 0; i < rows; i++) {
        const into = bytes.subarray(i * rowBytes, (i + 1) * rowBytes);
        scratch.read(order[start + i]! * rowBytes, into);
      }
    }
    yield { start, rows, values: decodeOwn({ header }, bytes) };
  }
}

async function orderedPlaces(store: Store, { datasetId, n }: Rows, count: number) {
  if (count === n) return Int32Array.from({ length: n }, (_, row) => row);
  const records = await readRecords(store, datasetId, count);
  if (records !== null) return records;
  throw refused(
    `have ${count} rows; the dataset has ${n} samples. Save one vector a sample, in the order of ` +
      `GET /v1/datasets/${datasetId}/samples, or one a record of the dataset's file, or pass the rows' \`ids\``,
    "uploadId",
  );
}

async function readIds(
  uploadId: string,
  { idsArray }: EmbeddingSource,
  { n }: Rows,
  deps: FileDeps,
): Promise<readonly string[]> {
  const file: NpyFile = {
    uploadId,
    array: idsArray,
    arrayField: "model/embeddings/idsArray",
    what: "embeddings' ids",
    shape: [8 * n + 1_000_000, MOST_ID_BYTES / 8],
  };
  const read = withNpy(file, deps, async function* (npy) {
    yield await readVectorIds(npy);
  });
  for await (const ids of read) return ids;
  throw new Error("the ids were not read");
}

async function idPlaces(
  store: Store,
  { datasetId }: Rows,
  vectorIds: readonly string[],
  count: number,
): Promise<Int32Array> {
  if (vectorIds.length !== count) {
    throw refused(`are ${count} and their ids ${vectorIds.length}: save one id a vector`, "ids");
  }
  const ids: (string | null)[] = [];
  for await (const block of readExternalIds(store, datasetId, ID_BLOCK)) {
    for (const id of block) ids.push(id === "" ? null : id);
  }
  const places = placesById(ids, vectorIds);
  const row = places.indexOf(-1);
  if (row < 0) return places;
  const id = ids[row];
  const what = id ? `has the id ${JSON.stringify(id)}, which no vector has` : "has no id";
  throw refused(
    `are named by ids, and sample ${row} ${what}; ingest the file with the \`idColumn\` that the ids are of`,
    "ids",
  );
}

const refused = (what: string, field: "uploadId" | "ids"): AppError =>
  new AppError("bad-npy", `The embeddings ${what}.`, {
    errors: [{ pointer: `/model/embeddings/${field}`, detail: `The embeddings ${what}` }],
  });
