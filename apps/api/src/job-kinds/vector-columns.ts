import { AppError, type EmbeddingSource } from "@winnow/contracts";
import { LinearError, requireGaussianRoom } from "@winnow/linear";
import { NpyError, type VectorLayout, vectorLayout } from "@winnow/npy";
import { READER_LIMITS, Readers } from "@winnow/reader";
import { storedPath } from "@winnow/storage";
import { readProfile, type Store, wholeUpload } from "@winnow/store";
import type { JobSettings } from "./job-post.js";

interface Rows {
  readonly datasetId: string;
  readonly rows: number;
  readonly classes: number;
  readonly folds: number;
}

/**
 * The columns of uploaded vectors, from the header of their file alone. Throws `bad-npy` for another
 * shape or type and for rows that are neither the dataset's samples nor the records of its file,
 * `invalid-parameters` for more columns than fit into memory.
 */
export async function vectorColumns(
  source: EmbeddingSource,
  { datasetId, ...size }: Rows,
  store: Store,
  settings: Pick<JobSettings, "storageDir">,
): Promise<number> {
  const { rows, columns } = await layoutOf(source, store, settings);
  const { rowsRead } = await readProfile(store, datasetId);
  if (source.ids === undefined && rows !== size.rows && rows !== rowsRead) {
    const detail = `The embeddings have ${rows} rows; the dataset has ${size.rows} samples, its file ${rowsRead} records`;
    throw new AppError(
      "bad-npy",
      `${detail}. Save one vector a sample, or pass the rows' \`ids\`.`,
      {
        errors: [{ pointer: "/model/embeddings/uploadId", detail }],
      },
    );
  }
  try {
    requireGaussianRoom({ ...size, columns });
  } catch (error) {
    if (!(error instanceof LinearError)) throw error;
    throw new AppError("invalid-parameters", error.message, { cause: error });
  }
  return columns;
}

/** Of a file only the header is unpacked. */
const HEAD_BYTES = 1 << 20;

async function layoutOf(
  { uploadId, array }: EmbeddingSource,
  store: Store,
  { storageDir }: Pick<JobSettings, "storageDir">,
): Promise<VectorLayout> {
  const { storageKey } = await wholeUpload(store, uploadId);
  const readers = new Readers(READER_LIMITS);
  const file = { path: storedPath(storageDir, storageKey), root: null };
  const limits = { array, maxBytes: HEAD_BYTES, maxBlockBytes: HEAD_BYTES };
  try {
    const heads = readers.array(file, limits, async function* ({ header }) {
      yield vectorLayout(header);
    });
    for await (const layout of heads) return layout;
    throw new Error("the embeddings were not read");
  } catch (error) {
    if (!(error instanceof NpyError)) throw error;
    throw new AppError("bad-npy", `The embeddings: ${error.message}`, {
      cause: error,
      errors: [{ pointer: "/model/embeddings", detail: error.message }],
    });
  } finally {
    readers.close();
  }
}
