/** Reading and writing numpy's npy format over plain bytes: no files, no numpy. */
export { decodeFloats, decodeIntegers, decodeStrings } from "./data/decode.js";
export { readNames } from "./data/read-names.js";
export {
  type FloatBlock,
  floatBlocks,
  readNpyFloats,
  readNpyIntegers,
  readNpyStrings,
} from "./data/read-whole.js";
export {
  type BlockOptions,
  type Chunks,
  type NpyStream,
  type RowBytes,
  readNpy,
} from "./data/stream.js";
export { NpyError, type NpyErrorCode } from "./errors.js";
export type { ElementType, NpyDtype, WritableDtype } from "./header/dtype.js";
export { type NpyHeader, npyHeader, parseNpyHeader } from "./header/header.js";
