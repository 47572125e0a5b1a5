import { NpyError } from "../errors.js";
import { descrOf, type ElementType, parseDescr, type WrittenType } from "./dtype.js";
import { notNpy } from "./foreign.js";
import { parseHeaderDict } from "./header-dict.js";

/** The header of an npy file; `dataOffset` is where the elements begin, in bytes. */
export interface NpyHeader extends ElementType {
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly version: "1.0" | "2.0" | "3.0";
  readonly dataOffset: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
/** numpy itself refuses more than 10,000 characters by default; no plain array comes near. */
const MAX_HEADER_BYTES = 65_536;

/**
 * The header of an npy 1.0 file for an array of `shape` and `dtype`, little-endian, C order, padded
 * so that the data begin at a multiple of 64 bytes. The raw elements follow it; those of `str` are made by
 * `encodeStrings`.
 */
export function npyHeader(array: WrittenType & { readonly shape: readonly number[] }): Uint8Array {
  elementCount(array.shape, array.dtype === "str" ? 4 * array.characters : 8);
  const tuple = array.shape.length === 1 ? `${array.shape[0]},` : array.shape.join(", ");
  const dict = `{'descr': '${descrOf(array)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const total = Math.ceil((10 + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, total - 10, true);
  for (let i = 0; i < dict.length; i++) bytes[10 + i] = dict.charCodeAt(i);
  bytes[total - 1] = 0x0a;
  return bytes;
}

/**
 * Reads the header of an npy file of version 1.0, 2.0 or 3.0. `bytes` must contain all of it (more
 * is fine), else `header-truncated`. Every fault is an `NpyError`.
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  const dataOffset = npyDataOffset(bytes);
  if (dataOffset === undefined || bytes.length < dataOffset) {
    throw new NpyError("header-truncated", `npy: the file ends inside its header`);
  }
  const version = `${bytes[6]}.0` as NpyHeader["version"];
  const text = decodeText(bytes.subarray(version === "1.0" ? 10 : 12, dataOffset), version);
  const dict = parseHeaderDict(text);
  const element = parseDescr(dict.descr);
  elementCount(dict.shape, element.itemSize);
  return { ...element, shape: dict.shape, fortranOrder: dict.fortranOrder, version, dataOffset };
}

/**
 * Where the data of an npy file begin, according to its first 12 bytes; `undefined` while there are
 * fewer that could still begin an npy file. Throws as soon as they cannot.
 */
export function npyDataOffset(bytes: Uint8Array): number | undefined {
  for (let i = 0; i < Math.min(MAGIC.length, bytes.length); i++) {
    if (bytes[i] !== MAGIC[i]) throw notNpy(bytes);
  }
  const major = bytes[6];
  const minor = bytes[7];
  if ((major !== undefined && (major < 1 || major > 3)) || (minor !== undefined && minor !== 0)) {
    throw new NpyError("unsupported-version", `npy: version ${major}.${minor ?? "?"} is unknown`);
  }
  const lengthBytes = major === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) {
    throw new NpyError("header-too-long", `npy: a header of ${length} bytes is refused`);
  }
  return 8 + lengthBytes + length;
}

/**
 * The number of elements of `shape`. Throws `invalid-shape` if their bytes exceed what can be
 * counted.
 */
export function elementCount(shape: readonly number[], itemSize: number): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new NpyError("invalid-shape", `npy: ${size} is not an array size`);
    }
    count *= size;
  }
  if (!Number.isSafeInteger(count * Math.max(1, itemSize))) {
    throw new NpyError(
      "invalid-shape",
      `npy: an array of shape (${shape.join(", ")}) is too large`,
    );
  }
  return count;
}

function decodeText(bytes: Uint8Array, version: NpyHeader["version"]): string {
  if (version === "3.0") {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw new NpyError("header-syntax", "npy header: not valid UTF-8");
    }
  }
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
