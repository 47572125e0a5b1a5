/** Reading and writing numpy's npy format over plain bytes: no files, no numpy. */
export { decodeFloats, decodeIntegers, decodeStrings } from "./data/decode.js";
export { encodeStrings } from "./data/encode.js";
export { readNames } from "./data/read-names.js";
export {
  type FloatBlock,
  floatBlocks,
  readNpyFloats,
  readNpyIntegers,
  readNpyStrings,
} from "./data/read-whole.js";
export type { RowBytes } from "./data/row-bytes.js";
export {
  type BlockOptions,
  type Chunks,
  type NpyStream,
  readNpy,
} from "./data/stream.js";
export { NpyError, type NpyErrorCode } from "./errors.js";
export type { ElementType, NpyDtype, WritableDtype, WrittenType } from "./header/dtype.js";
export { type NpyHeader, npyHeader, parseNpyHeader } from "./header/header.js";
export { probabilityBlocks } from "./probabilities/blocks.js";
export { explainRow } from "./probabilities/explain-row.js";
export {
  type ProbabilityLayout,
  probabilityLayout,
  type WantedProbabilities,
} from "./probabilities/layout.js";
export { arrayOf } from "./probabilities/npz.js";
export { placesById, readVectorIds } from "./vectors/ids.js";
export { type VectorLayout, vectorLayout } from "./vectors/layout.js";
export {
  decodeOwn,
  type FileOrder,
  fileOrder,
  type VectorRows,
  vectorsAt,
} from "./vectors/rows.js";
