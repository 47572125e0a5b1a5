import type { PackageRules } from "./rules.js";

export const NPY: PackageRules = {
  for: "npy files, and lists of names",
  imports: [],
  folders: {
    probabilities: {
      for: "npy and npz as people bring their probabilities: shapes, one column of two classes, what else a row may be",
      imports: ["data", "header", "errors.ts"],
    },
    vectors: {
      for: "npy of vectors, one a row: shape, the rows that are wanted, ids in another order",
      imports: ["data", "header", "errors.ts"],
    },
    data: {
      for: "the elements: decoding, whole arrays, streams of rows; lists of names",
      imports: ["header", "errors.ts"],
    },
    header: { for: "the header: element types, shape, order", imports: ["errors.ts"] },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
