/** Reading and writing numpy's npy format over plain bytes: no files, no numpy. */
export { decodeFloats, decodeIntegers, decodeStrings } from "./decode.js";
export type { ElementType, NpyDtype, WritableDtype } from "./dtype.js";
export { NpyError, type NpyErrorCode } from "./errors.js";
export { type NpyHeader, npyHeader, parseNpyHeader } from "./header.js";
export {
  type FloatBlock,
  floatBlocks,
  readNpyFloats,
  readNpyIntegers,
  readNpyStrings,
} from "./read-whole.js";
export { type BlockOptions, type NpyStream, type RowBytes, readNpy } from "./stream.js";
