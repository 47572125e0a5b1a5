import { NpyError } from "../errors.js";
import type { NpyHeader } from "../header/header.js";

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The elements of `bytes` as floats: float64 as Float64Array, float32 and float16 as Float32Array
 * (which represents float16 exactly). A view of the same memory if the file has the machine's byte
 * order; else the bytes are swapped in place. Throws `wrong-dtype` for other types.
 */
export function decodeFloats(
  header: NpyHeader,
  bytes: Uint8Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> {
  const { dtype, itemSize } = header;
  if (dtype !== "float16" && dtype !== "float32" && dtype !== "float64") {
    throw new NpyError(
      "wrong-dtype",
      `npy: expected floating-point numbers; the file has ${dtype}`,
    );
  }
  toHostOrder(header, bytes);
  const count = bytes.length / itemSize;
  if (dtype === "float32") return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  if (dtype === "float64") return new Float64Array(bytes.buffer, bytes.byteOffset, count);
  const table = halfTable();
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = table[halves[i]!]!;
  return values;
}

/**
 * The elements of `bytes` as int32, from any integer type or bool. `firstElement` is used only in
 * the message of `value-out-of-range`. Throws `wrong-dtype` for other types.
 */
export function decodeIntegers(
  header: NpyHeader,
  bytes: Uint8Array<ArrayBuffer>,
  firstElement = 0,
): Int32Array<ArrayBuffer> {
  const wide = decodeWholeNumbers(header, bytes);
  const values = new Int32Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    const value = wide[i]!;
    if (value > 2147483647 || value < -2147483648) {
      throw new NpyError(
        "value-out-of-range",
        `npy: element ${firstElement + i} is ${value}, outside the 32-bit integers`,
      );
    }
    values[i] = Number(value);
  }
  return values;
}

/** The elements of `bytes` as strings, without numpy's padding zeros. Throws `wrong-dtype`. */
export function decodeStrings(header: NpyHeader, bytes: Uint8Array): string[] {
  if (header.dtype !== "str") {
    throw new NpyError("wrong-dtype", `npy: expected strings; the file has ${header.dtype}`);
  }
  const width = header.itemSize / 4;
  if (width === 0) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; at += header.itemSize) {
    let text = "";
    let zeros = 0;
    for (let c = 0; c < width; c++) {
      const point = view.getUint32(at + 4 * c, header.littleEndian);
      if (point === 0) {
        zeros += 1;
        continue;
      }
      if (point > 0x10ffff) {
        const element = strings.length;
        throw new NpyError(
          "value-out-of-range",
          `npy: string ${element} contains a code that is not a unicode character`,
        );
      }
      text += "\0".repeat(zeros) + String.fromCodePoint(point);
      zeros = 0;
    }
    strings.push(text);
  }
  return strings;
}

/**
 * The elements of `bytes` from any integer type or bool, 64-bit ones as bigint. Throws `wrong-dtype`
 * for other types.
 */
export function decodeWholeNumbers(
  header: NpyHeader,
  bytes: Uint8Array<ArrayBuffer>,
): Iterable<number | bigint> & ArrayLike<number | bigint> {
  toHostOrder(header, bytes);
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / header.itemSize;
  switch (header.dtype) {
    case "bool":
    case "uint8":
      return bytes;
    case "int8":
      return new Int8Array(buffer, byteOffset, count);
    case "int16":
      return new Int16Array(buffer, byteOffset, count);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, count);
    case "int32":
      return new Int32Array(buffer, byteOffset, count);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, count);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, count);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, count);
    default:
      throw new NpyError(
        "wrong-dtype",
        `npy: expected integers; the file has ${header.dtype}: save array.astype(np.int64)`,
      );
  }
}

function toHostOrder(header: NpyHeader, bytes: Uint8Array): void {
  const size = header.itemSize;
  if (size === 1 || header.littleEndian === HOST_IS_LITTLE_ENDIAN) return;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

let halves: Float32Array<ArrayBuffer> | undefined;

/** All 65,536 float16 values as float32. */
function halfTable(): Float32Array<ArrayBuffer> {
  if (halves !== undefined) return halves;
  const table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    let value: number;
    if (exponent === 31) value = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    else if (exponent === 0) value = fraction * 2 ** -24;
    else value = (1024 + fraction) * 2 ** (exponent - 25);
    table[bits] = sign * value;
  }
  halves = table;
  return table;
}
