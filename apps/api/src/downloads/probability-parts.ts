import type { CrossValidation, PROBABILITY_PARTS } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import { readProbabilityBlocks, readSampleNumbers, type Store } from "@winnow/store";

type Part = (typeof PROBABILITY_PARTS)[number];

/** Probabilities are read from Postgres in blocks of this size. */
const BLOCK_BYTES = 1 << 20;

/** A part of a finished cross-validation as an npy file: its length and its chunks. */
export function npyOfPart(
  store: Store,
  run: CrossValidation,
  part: Part,
): { bytes: number; chunks: AsyncIterable<Uint8Array> } {
  const { dtype, shape, rowBytes } = layoutOf(run, part);
  const header = npyHeader({ dtype, shape });
  const bytes = header.byteLength + run.rows * rowBytes;
  return { bytes, chunks: exactly(bytes, concat(header, dataOf(store, run, part))) };
}

function layoutOf(run: CrossValidation, part: Part) {
  const { rows, classes } = run;
  switch (part) {
    case "probabilities":
      return { dtype: "float32", shape: [rows, classes], rowBytes: 4 * classes } as const;
    case "ids":
      return { dtype: "int64", shape: [rows], rowBytes: 8 } as const;
    case "labels":
    case "folds":
      return { dtype: "int32", shape: [rows], rowBytes: 4 } as const;
  }
}

async function* dataOf(store: Store, run: CrossValidation, part: Part): AsyncGenerator<Uint8Array> {
  if (part === "probabilities") {
    const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (4 * run.classes)));
    for await (const { probs } of readProbabilityBlocks(store, run.id, run.classes, blockRows)) {
      yield bytesOf(probs);
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
