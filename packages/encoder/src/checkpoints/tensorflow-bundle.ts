import { uncompress } from "snappyjs";
import { EncoderError } from "../errors.js";
import { maskedCrc32c } from "../numeric/crc32c.js";
import { type StoredTensor, widenBfloat16, widenHalf } from "./safetensors.js";

/** What the index says of one tensor. */
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

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;
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
  if (bytes.byteLength < FOOTER_BYTES)
    throw bad(`the index has ${bytes.byteLength} bytes, less than its footer`);
  const footer = bytes.subarray(bytes.byteLength - FOOTER_BYTES);
  if (new DataView(footer.buffer, footer.byteOffset).getBigUint64(40, true) !== MAGIC) {
    throw bad("the index does not end as a TensorFlow checkpoint's does");
  }
  const cursor = new Cursor(footer);
  // The first handle is the metaindex block, which TensorFlow leaves empty.
  cursor.varint();
  cursor.varint();
  const indexBlock = readBlock(bytes, cursor.varint(), cursor.varint());

  const entries = new Map<string, BundleEntry>();
  let shards = 1;
  for (const [, handle] of blockEntries(indexBlock)) {
    const at = new Cursor(handle);
    for (const [key, value] of blockEntries(readBlock(bytes, at.varint(), at.varint()))) {
      if (key === "") shards = parseHeader(value);
      else entries.set(key, parseEntry(key, value));
    }
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
    throw bad(
      `tensor ${name} has type ${entry.dtype}; read are ${Object.values(DTYPES)
        .map((d) => d.name)
        .join(", ")}`,
    );
  }
  const expected = entry.shape.reduce((product, side) => product * side, 1) * dtype.width;
  if (entry.size !== expected)
    throw bad(
      `tensor ${name} of shape [${entry.shape}] needs ${expected} bytes, the index gives ${entry.size}`,
    );
  if (entry.offset + entry.size > shard.byteLength) {
    throw bad(
      `tensor ${name} ends at ${entry.offset + entry.size} of ${shard.byteLength} data bytes; is the file cut off?`,
    );
  }
  const data = new Uint8Array(shard.subarray(entry.offset, entry.offset + entry.size));
  if (maskedCrc32c(data) !== entry.crc)
    throw bad(`tensor ${name} does not match its checksum; the file is damaged`);
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

/** A block's contents, decompressed: `size` bytes at `offset`, then a type byte and the checksum. */
function readBlock(file: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset + size + 5 > file.byteLength)
    throw bad(`a block of the index ends beyond its ${file.byteLength} bytes`);
  const stored = file.subarray(offset, offset + size);
  const checked = file.subarray(offset, offset + size + 1);
  const crc = new DataView(file.buffer, file.byteOffset).getUint32(offset + size + 1, true);
  if (maskedCrc32c(checked) !== crc)
    throw bad("a block of the index does not match its checksum; the file is damaged");
  const type = file[offset + size];
  if (type === 0) return stored;
  if (type !== 1) throw bad(`a block of the index has the unknown compression ${type}`);
  try {
    return uncompress(stored, MAX_BLOCK_BYTES);
  } catch (cause) {
    throw bad("a block of the index is no snappy data", cause);
  }
}

/** Keys and values of a leveldb block: each key repeats a part of the one before. */
function* blockEntries(block: Uint8Array): Generator<[key: string, value: Uint8Array]> {
  const restarts = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(
    block.byteLength - 4,
    true,
  );
  const end = block.byteLength - 4 - 4 * restarts;
  if (end < 0) throw bad("a block of the index is too short");
  const cursor = new Cursor(block.subarray(0, end));
  let key = new Uint8Array(0);
  while (cursor.left > 0) {
    const shared = cursor.varint();
    const unshared = cursor.varint();
    const length = cursor.varint();
    if (shared > key.byteLength) throw bad("a key of the index repeats more than there is");
    const next = new Uint8Array(shared + unshared);
    next.set(key.subarray(0, shared));
    next.set(cursor.bytes(unshared), shared);
    key = next;
    yield [new TextDecoder().decode(key), cursor.bytes(length)];
  }
}

function parseHeader(value: Uint8Array): number {
  let shards = 1;
  for (const [field, data] of protobufFields(value)) {
    if (field === 1) shards = Number(data);
    if (field === 2 && data !== 0n) throw bad("it was written on a big-endian machine");
  }
  return shards;
}

function parseEntry(name: string, value: Uint8Array): BundleEntry {
  const numbers: Record<number, number> = {};
  let shape: number[] = [];
  for (const [field, data] of protobufFields(value)) {
    if (field === 7)
      throw bad(`tensor ${name} is partitioned; save the checkpoint without a partitioner`);
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
        throw bad("an entry of the index is no protobuf message");
    }
  }
}

/** Reads a byte array from front to back. */
class Cursor {
  #at = 0;

  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get left(): number {
    return this.#data.byteLength - this.#at;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#data[this.#at++];
      if (byte === undefined) throw bad("the index ends in the middle of a number");
      value += (byte & 0x7f) * scale;
      if (byte < 128) break;
      if (scale > 2 ** 56) throw bad("a number of the index is too long");
    }
    return value;
  }

  bytes(length: number): Uint8Array {
    if (length > this.left) throw bad("the index ends in the middle of an entry");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}

function bad(what: string, cause?: unknown): EncoderError {
  return new EncoderError("bad-checkpoint", `The TensorFlow checkpoint cannot be read: ${what}.`, {
    cause,
  });
}
