import { AppError, ProbabilityImportParams } from "@winnow/contracts";
import { decompress } from "@winnow/corpus";
import { decodeFloats, decodeIntegers, NpyError, type NpyHeader, readNpy } from "@winnow/npy";
import {
  classNames,
  type ImportedBlock,
  readLabels,
  wholeUpload,
  writeImportedProbabilities,
} from "@winnow/store";
import type { Handler, HandlerDeps } from "../handler.js";
import { createRowCheck, type RowCheck } from "./row-check.js";

const BLOCK_BYTES = 4 << 20;
const HEADER_BYTES = 1 << 16;

/**
 * Makes a cross-validation of probabilities that were computed elsewhere: an npy (n, K) in sample
 * order, checked and written block by block, and each row's fold from another npy (n) where one is
 * given. Throws `bad-npy`, and `invalid-probabilities` naming row and class.
 */
export const importProbabilities: Handler = async (claim, deps) => {
  const { store, announce, event } = deps;
  const { datasetId, probabilitiesUploadId, foldsUploadId } = ProbabilityImportParams.parse(
    claim.params,
  );
  const { labels, classCount } = await readLabels(store, datasetId);
  const n = labels.length;
  await announce({ step: 0, steps: n, phase: "reading" });
  const folds = foldsUploadId ? await readFolds(foldsUploadId, n, deps) : new Uint8Array(n);
  const check = createRowCheck(await classNames(store, datasetId));
  const blocks = readBlocks(probabilitiesUploadId, [n, classCount], check, deps);
  await writeImportedProbabilities(store, claim, { labels, folds, classCount }, blocks);
  for (const warning of check.warnings()) event("log", { level: "warning", ...warning });
};

async function* readBlocks(
  uploadId: string,
  shape: readonly [n: number, k: number],
  check: RowCheck,
  deps: HandlerDeps,
): AsyncGenerator<ImportedBlock> {
  const file = { uploadId, what: "probabilities", shape };
  for await (const { start, rows, values } of readNpyFile(file, decodeFloats, deps)) {
    yield { start, rows, probs: check.rows(values, start, rows) };
    deps.beat({ step: start + rows });
  }
}

/** The fold of each row, (n). */
async function readFolds(uploadId: string, n: number, deps: HandlerDeps): Promise<Uint8Array> {
  const folds = new Uint8Array(n);
  const file = { uploadId, what: "folds", shape: [n] };
  for await (const { start, values } of readNpyFile(file, decodeIntegers, deps)) {
    const odd = values.findIndex((fold) => fold < 0 || fold > 255);
    if (odd >= 0) {
      const detail = `The folds: row ${start + odd} has the fold ${values[odd]}; folds are 0 to 255.`;
      throw new AppError("bad-npy", detail);
    }
    folds.set(values, start);
  }
  return folds;
}

interface NpyFile {
  readonly uploadId: string;
  readonly what: string;
  /** What the array must measure. */
  readonly shape: readonly number[];
}

/** Streams an uploaded npy, compressed or not, in decoded blocks of whole rows. Throws `bad-npy`. */
async function* readNpyFile<T>(
  { uploadId, what, shape }: NpyFile,
  decode: (header: NpyHeader, bytes: Uint8Array<ArrayBuffer>, start: number) => T,
  { store, storage, signal }: HandlerDeps,
): AsyncGenerator<{ start: number; rows: number; values: T }> {
  const upload = await wholeUpload(store.pool, uploadId);
  const file = (await storage.upload(upload.storageKey)).open();
  // Rows of zeros compress beyond any ratio: a bomb is bounded by the length that is wanted.
  const wantedBytes = HEADER_BYTES + shape.reduce((product, size) => product * size, 8);
  const limits = { maxDecompressedBytes: wantedBytes, maxCompressionRatio: Infinity };
  try {
    const npy = await readNpy(decompress(file, limits));
    requireShape(npy.header.shape, shape, what);
    for await (const { start, rows, bytes } of npy.blocks({ maxBlockBytes: BLOCK_BYTES })) {
      signal.throwIfAborted();
      yield { start, rows, values: decode(npy.header, bytes, start) };
    }
  } catch (error) {
    if (!(error instanceof NpyError)) throw error;
    throw new AppError("bad-npy", `The ${what}: ${error.message}`, { cause: error });
  } finally {
    file.destroy();
  }
}

function requireShape(shape: readonly number[], wanted: readonly number[], what: string): void {
  if (shape.length === wanted.length && wanted.every((size, axis) => size === shape[axis])) return;
  const detail = `The ${what} have the shape (${shape.join(", ")}); the dataset has (${wanted.join(", ")}).`;
  throw new AppError("bad-npy", `${detail} Rows are samples in input order, columns classes.`);
}
