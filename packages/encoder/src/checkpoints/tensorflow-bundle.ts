import { maskedCrc32c } from "../numeric/crc32c.js";
import { widenBfloat16, widenHalf } from "../numeric/half-precision.js";
import { Cursor, damagedBundle, tableEntries } from "./leveldb-table.js";
import type { StoredTensor } from "./safetensors.js";

/** What the index says about one tensor. */
export interface BundleEntry {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

/** The index of a TensorFlow checkpoint: how many data files, and every tensor's place. */
export interface BundleIndex {
  readonly shards: number;
  readonly entries: Map<string, BundleEntry>;
}

const DTYPES: Record<number, { name: string; width: number }> = {
  1: { name: "float32", width: 4 },
  3: { name: "int32", width: 4 },
  9: { name: "int64", width: 8 },
  14: { name: "bfloat16", width: 2 },
  19: { name: "half", width: 2 },
};

/**
 * Reads `prefix.index`: a leveldb table of protobuf entries; raw and snappy blocks, every block's
 * CRC32C checked. Throws `bad-checkpoint`.
 */
export function readBundleIndex(bytes: Uint8Array): BundleIndex {
  const entries = new Map<string, BundleEntry>();
  let shards = 1;
  for (const [key, value] of tableEntries(bytes)) {
    if (key === "") shards = parseHeader(value);
    else entries.set(key, parseEntry(key, value));
  }
  return { shards, entries };
}

/** Cuts one tensor out of its data file, its CRC32C checked. Throws `bad-checkpoint`. */
export function readBundleTensor(
  name: string,
  entry: BundleEntry,
  shard: Uint8Array,
): StoredTensor {
  const dtype = DTYPES[entry.dtype];
  if (dtype === undefined) {
    throw damagedBundle(
      `tensor ${name} has type ${entry.dtype}; supported are ${Object.values(DTYPES)
        .map((d) => d.name)
        .join(", ")}`,
    );
  }
  const expected = entry.shape.reduce((product, side) => product * side, 1) * dtype.width;
  if (entry.size !== expected)
    throw damagedBundle(
      `tensor ${name} of shape [${entry.shape}] needs ${expected} bytes, the index gives ${entry.size}`,
    );
  if (entry.offset + entry.size > shard.byteLength) {
    throw damagedBundle(
      `tensor ${name} ends at ${entry.offset + entry.size} of ${shard.byteLength} data bytes; is the file cut off?`,
    );
  }
  const data = new Uint8Array(shard.subarray(entry.offset, entry.offset + entry.size));
  if (maskedCrc32c(data) !== entry.crc)
    throw damagedBundle(`tensor ${name} does not match its checksum; the file is damaged`);
  return { shape: entry.shape, values: widen(data, entry.dtype) };
}

function widen(data: Uint8Array, dtype: number): Float32Array {
  switch (dtype) {
    case 1:
      return new Float32Array(data.buffer);
    case 3:
      return Float32Array.from(new Int32Array(data.buffer));
    case 9:
      return Float32Array.from(new BigInt64Array(data.buffer), Number);
    case 14:
      return widenBfloat16(new Uint16Array(data.buffer));
    default:
      return Float32Array.from(new Uint16Array(data.buffer), widenHalf);
  }
}

function parseHeader(value: Uint8Array): number {
  let shards = 1;
  for (const [field, data] of protobufFields(value)) {
    if (field === 1) shards = Number(data);
    if (field === 2 && data !== 0n) throw damagedBundle("it was written on a big-endian machine");
  }
  return shards;
}

function parseEntry(name: string, value: Uint8Array): BundleEntry {
  const numbers: Record<number, number> = {};
  let shape: number[] = [];
  for (const [field, data] of protobufFields(value)) {
    if (field === 7)
      throw damagedBundle(
        `tensor ${name} is partitioned; save the checkpoint without a partitioner`,
      );
    if (typeof data === "bigint") numbers[field] = Number(data);
    else if (field === 2) shape = parseShape(data);
  }
  return {
    dtype: numbers[1] ?? 0,
    shape,
    shard: numbers[3] ?? 0,
    offset: numbers[4] ?? 0,
    size: numbers[5] ?? 0,
    crc: numbers[6] ?? 0,
  };
}

function parseShape(value: Uint8Array): number[] {
  const shape: number[] = [];
  for (const [field, dimension] of protobufFields(value)) {
    if (field !== 2 || typeof dimension === "bigint") continue;
    let size = 0;
    for (const [inner, data] of protobufFields(dimension)) if (inner === 1) size = Number(data);
    shape.push(size);
  }
  return shape;
}

/** Fields of a protobuf message: numbers as bigint, the rest as bytes. */
function* protobufFields(
  message: Uint8Array,
): Generator<[field: number, data: bigint | Uint8Array]> {
  const cursor = new Cursor(message);
  while (cursor.left > 0) {
    const tag = cursor.varint();
    const field = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield [field, BigInt(cursor.varint())];
        break;
      case 1:
        yield [field, cursor.bytes(8)];
        break;
      case 2:
        yield [field, cursor.bytes(cursor.varint())];
        break;
      case 5: {
        const data = cursor.bytes(4);
        yield [field, BigInt(new DataView(data.buffer, data.byteOffset).getUint32(0, true))];
        break;
      }
      default:
        throw damagedBundle("an entry of the index is not a protobuf message");
    }
  }
}
