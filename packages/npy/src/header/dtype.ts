import { NpyError } from "../errors.js";

/** Element types that can be read. `str` is numpy's fixed-width `<U`, four bytes a character. */
export type NpyDtype =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "str";

/** Element types of fixed size that can be written. */
export type WritableDtype = Exclude<NpyDtype, "str">;

/** One parsed `descr`: the type, the bytes of one element, and their order. */
export interface ElementType {
  readonly dtype: NpyDtype;
  readonly itemSize: number;
  readonly littleEndian: boolean;
}

const FIXED = new Map<string, NpyDtype>([
  ["b1", "bool"],
  ["i1", "int8"],
  ["i2", "int16"],
  ["i4", "int32"],
  ["i8", "int64"],
  ["u1", "uint8"],
  ["u2", "uint16"],
  ["u4", "uint32"],
  ["u8", "uint64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
]);

const MAX_CHARACTERS = 1 << 20;

/** An element type to write: a fixed one, or strings of up to `characters` code points. */
export type WrittenType =
  | { readonly dtype: WritableDtype }
  | { readonly dtype: "str"; readonly characters: number };

/** Reads a `descr` such as `<f4` or `|u1`. Throws `unsupported-dtype` for everything else. */
export function parseDescr(descr: string): ElementType {
  const match = /^([<>|=])([a-zA-Z])(\d{1,7})$/.exec(descr);
  const [, order = "", kind = "", size = ""] = match ?? [];
  const littleEndian = order !== ">";
  if (kind === "U" && order !== "|") {
    const characters = Number(size);
    if (characters >= 1 && characters <= MAX_CHARACTERS) {
      return { dtype: "str", itemSize: 4 * characters, littleEndian };
    }
  }
  const dtype = FIXED.get(kind + size);
  // only single bytes have "no byte order"
  if (dtype === undefined || (order === "|" && Number(size) > 1)) {
    const type = JSON.stringify(descr.slice(0, 40));
    const message = `npy: element type ${type} is not supported; ${fixOf(kind, descr)}`;
    throw new NpyError("unsupported-dtype", message);
  }
  return { dtype, itemSize: Number(size), littleEndian };
}

/** What numpy does about an element type that is not read. */
function fixOf(kind: string, descr: string): string {
  if (kind === "O" || descr === "|O") {
    return (
      "it holds Python objects, such as a list of lists; save " +
      "np.array(list(array), dtype=np.float32), or names with np.array(list(array), dtype=str)"
    );
  }
  if (kind === "S") return "it holds bytes; save array.astype(str)";
  if (kind === "f") return "save array.astype(np.float64)";
  if (kind === "c") return "it holds complex numbers; save their real part, array.real";
  if (kind === "V") return "bfloat16 and the like: save array.astype(np.float32)";
  return "save the array as a float, an integer, a bool or a unicode string type";
}

/** The little-endian `descr` of a type, for a header that is written. */
export function descrOf(type: WrittenType): string {
  if (type.dtype === "str") return strDescr(type.characters);
  const { dtype } = type;
  for (const [code, name] of FIXED) {
    if (name === dtype) return (code.endsWith("1") ? "|" : "<") + code;
  }
  throw new NpyError("unsupported-dtype", `npy: element type ${String(dtype)} cannot be written`);
}

function strDescr(characters: number): string {
  if (Number.isInteger(characters) && characters >= 1 && characters <= MAX_CHARACTERS) {
    return `<U${characters}`;
  }
  const message = `npy: strings of ${characters} characters cannot be written`;
  throw new NpyError("unsupported-dtype", message);
}
