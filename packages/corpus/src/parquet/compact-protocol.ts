/** Metadata of parquet nests about ten deep. */
const MAX_DEPTH = 32;
/** A varint of 64 bits. */
const MAX_VARINT_BYTES = 10;

/** Types of Thrift's compact protocol. */
const BOOLEAN_TRUE = 1;
const BOOLEAN_FALSE = 2;
const BYTE = 3;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** The bytes end before the struct does. */
export class CutOff extends Error {
  override readonly name = "CutOff";
}

/**
 * Where the Thrift struct ends that starts at `start`. Throws for one that claims more than there is: the
 * library allocates a list of as many elements as its head says, and reads numbers of any length.
 */
export function endOfStruct(bytes: Uint8Array, start: number): number {
  return new Walk(bytes, start).struct(0);
}

class Walk {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  struct(depth: number): number {
    if (depth > MAX_DEPTH) throw new Error(`metadata that nests deeper than ${MAX_DEPTH}`);
    for (let head = this.#byte(); (head & 15) !== 0; head = this.#byte()) {
      if (head >> 4 === 0) this.#varint();
      this.#value(head & 15, depth);
    }
    return this.#at;
  }

  #value(type: number, depth: number): void {
    if (type === BOOLEAN_TRUE || type === BOOLEAN_FALSE) return;
    if (type === BYTE) this.#skip(1);
    else if (type > BYTE && type <= I64) this.#varint();
    else if (type === DOUBLE) this.#skip(8);
    else if (type === BINARY) this.#skip(this.#varint());
    else if (type === LIST) this.#list(depth + 1);
    else if (type === STRUCT) this.struct(depth + 1);
    else throw new Error(`metadata of the unknown type ${type}`);
  }

  #list(depth: number): void {
    if (depth > MAX_DEPTH) throw new Error(`metadata that nests deeper than ${MAX_DEPTH}`);
    const head = this.#byte();
    const elements = head >> 4 === 15 ? this.#varint() : head >> 4;
    const type = head & 15;
    // Each element has at least a byte.
    if (elements > this.#bytes.length - this.#at) {
      throw new CutOff(`a list of ${elements} elements in ${this.#bytes.length - this.#at} bytes`);
    }
    const isByte = type === BOOLEAN_TRUE || type === BOOLEAN_FALSE;
    for (let i = 0; i < elements; i += 1) this.#value(isByte ? BYTE : type, depth);
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new CutOff("metadata that ends too early");
    return this.#bytes[this.#at++]!;
  }

  #skip(bytes: number): void {
    if (bytes > this.#bytes.length - this.#at) {
      throw new CutOff(`a value of ${bytes} bytes in ${this.#bytes.length - this.#at}`);
    }
    this.#at += bytes;
  }

  #varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i += 1) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw new Error(`a number of more than ${MAX_VARINT_BYTES} bytes in the metadata`);
  }
}
