import { uncompress } from "snappyjs";
import { EncoderError } from "../errors.js";
import { maskedCrc32c } from "../numeric/crc32c.js";

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;

/**
 * Keys and values of a leveldb table, in key order: raw and snappy blocks, every block's CRC32C
 * checked. Throws `bad-checkpoint`.
 */
export function* tableEntries(bytes: Uint8Array): Generator<[key: string, value: Uint8Array]> {
  if (bytes.byteLength < FOOTER_BYTES)
    throw damagedBundle(`the index has ${bytes.byteLength} bytes, less than its footer`);
  const footer = bytes.subarray(bytes.byteLength - FOOTER_BYTES);
  if (new DataView(footer.buffer, footer.byteOffset).getBigUint64(40, true) !== MAGIC) {
    throw damagedBundle("the index does not end as a TensorFlow checkpoint's does");
  }
  const cursor = new Cursor(footer);
  // The first handle is the metaindex block, which TensorFlow leaves empty.
  cursor.varint();
  cursor.varint();
  const indexBlock = readBlock(bytes, cursor.varint(), cursor.varint());
  for (const [, handle] of blockEntries(indexBlock)) {
    const at = new Cursor(handle);
    yield* blockEntries(readBlock(bytes, at.varint(), at.varint()));
  }
}

/** A block's contents, decompressed: `size` bytes at `offset`, then a type byte and the checksum. */
function readBlock(file: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset + size + 5 > file.byteLength)
    throw damagedBundle(`a block of the index ends beyond its ${file.byteLength} bytes`);
  const stored = file.subarray(offset, offset + size);
  const checked = file.subarray(offset, offset + size + 1);
  const crc = new DataView(file.buffer, file.byteOffset).getUint32(offset + size + 1, true);
  if (maskedCrc32c(checked) !== crc)
    throw damagedBundle("a block of the index does not match its checksum; the file is damaged");
  const type = file[offset + size];
  if (type === 0) return stored;
  if (type !== 1) throw damagedBundle(`a block of the index has the unknown compression ${type}`);
  try {
    return uncompress(stored, MAX_BLOCK_BYTES);
  } catch (cause) {
    throw damagedBundle("a block of the index is not snappy data", cause);
  }
}

/** Keys and values of a leveldb block: each key shares a prefix with the one before. */
function* blockEntries(block: Uint8Array): Generator<[key: string, value: Uint8Array]> {
  const restarts = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(
    block.byteLength - 4,
    true,
  );
  const end = block.byteLength - 4 - 4 * restarts;
  if (end < 0) throw damagedBundle("a block of the index is too short");
  const cursor = new Cursor(block.subarray(0, end));
  let key = new Uint8Array(0);
  while (cursor.left > 0) {
    const shared = cursor.varint();
    const unshared = cursor.varint();
    const length = cursor.varint();
    if (shared > key.byteLength)
      throw damagedBundle("a key of the index shares more bytes than the key before it has");
    const next = new Uint8Array(shared + unshared);
    next.set(key.subarray(0, shared));
    next.set(cursor.bytes(unshared), shared);
    key = next;
    yield [new TextDecoder().decode(key), cursor.bytes(length)];
  }
}

/** Reads a byte array from front to back. */
export class Cursor {
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
      if (byte === undefined) throw damagedBundle("the index ends in the middle of a number");
      value += (byte & 0x7f) * scale;
      if (byte < 128) break;
      if (scale > 2 ** 56) throw damagedBundle("a number of the index is too long");
    }
    return value;
  }

  bytes(length: number): Uint8Array {
    if (length > this.left) throw damagedBundle("the index ends in the middle of an entry");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }
}

/** The error for a TensorFlow checkpoint that is damaged or cut off. */
export function damagedBundle(what: string, cause?: unknown): EncoderError {
  return new EncoderError("bad-checkpoint", `The TensorFlow checkpoint cannot be read: ${what}.`, {
    cause,
  });
}
