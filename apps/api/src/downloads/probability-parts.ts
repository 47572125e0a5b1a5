import type { CrossValidation, PROBABILITY_PARTS } from "@winnow/contracts";
import { encodeStrings, npyHeader, type WrittenType } from "@winnow/npy";
import {
  readExternalIds,
  readProbabilityBlocks,
  readSampleNumbers,
  type Store,
} from "@winnow/store";
import type { Turns } from "../access/limiter.js";
import { idCharacters } from "./id-characters.js";

type Part = (typeof PROBABILITY_PARTS)[number];

/** Probabilities and ids are read from Postgres in blocks of this size. */
const BLOCK_BYTES = 1 << 20;

/** Short ids are many to a block; each is an object while it is read. */
const MOST_IDS = 10_000;

/** What an array consists of, and the bytes of one row. */
interface Layout {
  readonly type: WrittenType;
  readonly shape: readonly number[];
  readonly rowBytes: number;
}

/**
 * A part of a finished cross-validation as an npy file: its length and its chunks. Throws
 * `ids-too-long`, and `overloaded`: the longest id is looked for as a download.
 */
export async function npyOfPart(
  deps: { readonly store: Store; readonly downloads: Turns },
  run: CrossValidation,
  part: Part,
): Promise<{ bytes: number; chunks: AsyncIterable<Uint8Array> }> {
  const layout = await layoutOf(deps, run, part);
  const header = npyHeader({ ...layout.type, shape: layout.shape });
  const bytes = header.byteLength + run.rows * layout.rowBytes;
  return { bytes, chunks: exactly(bytes, concat(header, dataOf(deps.store, run, part, layout))) };
}

async function layoutOf(
  deps: { readonly store: Store; readonly downloads: Turns },
  { datasetId, rows, classes }: CrossValidation,
  part: Part,
): Promise<Layout> {
  switch (part) {
    case "probabilities":
      return { type: { dtype: "float32" }, shape: [rows, classes], rowBytes: 4 * classes };
    case "ids": {
      const characters = await idCharacters(deps, datasetId);
      if (characters === null) return { type: { dtype: "int64" }, shape: [rows], rowBytes: 8 };
      return { type: { dtype: "str", characters }, shape: [rows], rowBytes: 4 * characters };
    }
    case "labels":
    case "folds":
      return { type: { dtype: "int32" }, shape: [rows], rowBytes: 4 };
  }
}

async function* dataOf(
  store: Store,
  run: CrossValidation,
  part: Part,
  { type, rowBytes }: Layout,
): AsyncGenerator<Uint8Array> {
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  if (part === "probabilities") {
    for await (const { probs } of readProbabilityBlocks(store, run.id, run.classes, blockRows)) {
      yield bytesOf(probs);
    }
    return;
  }
  if (type.dtype === "str") {
    for await (const ids of readExternalIds(store, run.datasetId, Math.min(blockRows, MOST_IDS))) {
      yield encodeStrings(ids, type.characters);
    }
    return;
  }
  for await (const numbers of readSampleNumbers(store, run.id, part)) {
    yield bytesOf(part === "ids" ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers));
  }
}

const bytesOf = (array: Float32Array | Int32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

async function* concat(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Throws unless the length is right: a client would wait for the rest of a short body. */
async function* exactly(
  bytes: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of chunks) {
    sent += chunk.byteLength;
    if (sent > bytes) break;
    yield chunk;
  }
  if (sent !== bytes) throw new Error(`the npy file has ${sent} bytes instead of ${bytes}`);
}
