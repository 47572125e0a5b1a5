import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** The values of Content-Encoding that are decoded, and how. */
export const DECODERS = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;
