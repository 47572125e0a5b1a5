import { EncoderError } from "../errors.js";
import { widenBfloat16, widenHalf } from "../numeric/half-precision.js";

/** A tensor as it lies in a safetensors file, its numbers widened to float32. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A whole file: tensors by name and the free text of `__metadata__`. */
export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

const MAX_HEADER_BYTES = 100 * 1024 * 1024;
const WIDTHS: Record<string, number> = { F32: 4, F16: 2, BF16: 2, I64: 8 };

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Reads a safetensors file (F32, F16, BF16, I64). Throws `bad-checkpoint` for a header that is too
 * long or not JSON, and for offsets that overlap, exceed the file, or do not match the shape.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { tensors, metadata } = openSafetensors(bytes);
  const read = Array.from(
    tensors,
    ([name, { shape, values }]) => [name, { shape, values }] as const,
  );
  return { tensors: new Map(read), metadata };
}

/**
 * The same, but a tensor's numbers are read each time they are asked for, and one of a type that
 * cannot be read is an error only then: a folder may hold tensors that nobody needs.
 */
export function openSafetensors(bytes: Uint8Array): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 8)
    throw bad(`the file has ${bytes.byteLength} bytes, less than its header's length`);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(MAX_HEADER_BYTES)) throw bad(`its header claims ${headerBytes} bytes`);
  const dataStart = 8 + Number(headerBytes);
  if (dataStart > bytes.byteLength)
    throw bad(`its header claims ${headerBytes} bytes of a file of ${bytes.byteLength}`);

  const { metadata, entries } = parseHeader(bytes.subarray(8, dataStart));
  const data = bytes.subarray(dataStart);
  checkLayout(entries, data.byteLength);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of entries) {
    const [begin, end] = entry.data_offsets;
    tensors.set(name, {
      shape: entry.shape,
      get values() {
        return widen(name, data.subarray(begin, end), entry.dtype);
      },
    });
  }
  return { tensors, metadata };
}

/** Writes tensors as F32, in the map's order; the header is padded so that the data is aligned. */
export function writeSafetensors(
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const list = [...tensors];
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let at = 0;
  for (const [name, { shape, values }] of list) {
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  let text = JSON.stringify(header);
  let encoded = new TextEncoder().encode(text);
  const padding = (8 - (encoded.byteLength % 8)) % 8;
  text += " ".repeat(padding);
  encoded = new TextEncoder().encode(text);

  const bytes = new Uint8Array(8 + encoded.byteLength + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.byteLength), true);
  bytes.set(encoded, 8);
  let offset = 8 + encoded.byteLength;
  for (const [, { values }] of list) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

function parseHeader(bytes: Uint8Array): {
  metadata: Record<string, string>;
  entries: Map<string, Entry>;
} {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw bad("its header is not JSON", cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw bad("its header is not a JSON object");
  }
  const entries = new Map<string, Entry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = value as Record<string, string>;
    else entries.set(name, checkEntry(name, value));
  }
  return { metadata, entries };
}

function checkEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Entry>;
  const counts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== "string" || !counts(shape) || !counts(offsets) || offsets.length !== 2) {
    throw bad(`tensor ${name} lacks dtype, shape or data_offsets`);
  }
  const [begin, end] = offsets;
  const width = WIDTHS[dtype];
  const expected = shape.reduce((product, side) => product * side, 1) * (width ?? 1);
  if (width === undefined ? end < begin : end - begin !== expected) {
    throw bad(
      `tensor ${name} of shape [${shape}] needs ${expected} bytes, its offsets give ${end - begin}`,
    );
  }
  return { dtype, shape, data_offsets: [begin, end] };
}

function checkLayout(entries: Map<string, Entry>, dataBytes: number): void {
  const spans = [...entries].sort(
    ([, a], [, b]) =>
      a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  let end = 0;
  for (const [
    name,
    {
      data_offsets: [from, to],
    },
  ] of spans) {
    if (from < end) throw bad(`tensor ${name} overlaps the one before it`);
    if (to > dataBytes)
      throw bad(`tensor ${name} ends at ${to} of ${dataBytes} data bytes; is the file cut off?`);
    end = to;
  }
}

function widen(name: string, bytes: Uint8Array, dtype: string): Float32Array {
  if (WIDTHS[dtype] === undefined)
    throw bad(`tensor ${name} is ${dtype}; supported are ${Object.keys(WIDTHS).join(", ")}`);
  // A copy, because a tensor may start at any byte; slicing a Buffer would not copy.
  const copy = new Uint8Array(bytes);
  switch (dtype) {
    case "F32":
      return new Float32Array(copy.buffer);
    case "I64":
      return Float32Array.from(new BigInt64Array(copy.buffer), Number);
    case "BF16":
      return widenBfloat16(new Uint16Array(copy.buffer));
    default:
      return Float32Array.from(new Uint16Array(copy.buffer), widenHalf);
  }
}

function bad(what: string, cause?: unknown): EncoderError {
  return new EncoderError("bad-checkpoint", `The safetensors file cannot be read: ${what}.`, {
    cause,
  });
}
