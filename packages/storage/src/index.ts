/** The files below STORAGE_DIR: where they lie, and how they are written, found and swept. */
export {
  assertWritable,
  newStorageMark,
  readStorageMark,
  writeStorageMark,
} from "./belonging/storage-mark.js";
export { isDownward, realPathBelow } from "./contained/contained-path.js";
export { openBelow, openPlain } from "./contained/open-below.js";
export { appendBytes, finishFile, receivedBytes } from "./durable/growing-file.js";
export { type Hashed, hashFile, readChunks, writeHashed } from "./durable/hashed.js";
export { makeStorage } from "./durable/make-storage.js";
export { readSealed, seal, unseal, writeSealed } from "./durable/sealed-file.js";
export {
  makeFolder,
  PRIVATE,
  renameDurably,
  syncFolder,
  syncFolders,
  writeDurably,
  writeNewFile,
} from "./durable/write-file.js";
export { type FullPlace, fullStorage } from "./full/full-storage.js";
export * from "./layout/checkpoint-names.js";
export * from "./layout/layout.js";
export * from "./layout/parts.js";
export * from "./layout/shared-files.js";
export { type LockFile, takeLockFile } from "./locking/lock-file.js";
export { type OpenFile, readAnywhere } from "./reading/read-anywhere.js";
export { ScratchFile } from "./scratch/scratch-file.js";
export {
  changedAt,
  freeEntry,
  type KeepTimes,
  namesIn,
  type Swept,
  sweepFolder,
} from "./sweeping/sweep-folder.js";
