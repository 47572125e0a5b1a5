import type { PackageRules } from "./rules.js";

export const CORPUS: PackageRules = {
  for: "files to samples and back: reading, label policies, near duplicates, sampling, folds, derived datasets, writing",
  imports: [],
  folders: {
    derive: {
      for: "a dataset made from another: a sample of it, or a copy with injected label noise",
      imports: ["labels", "statistics", "duplicates", "sampling", "rows", "errors.ts"],
    },
    reading: {
      for: "a file to samples and rejects: the pass over its rows, checks, the preview",
      imports: [
        "guessing",
        "json",
        "xlsx",
        "parquet",
        "formats",
        "bytes",
        "labels",
        "statistics",
        "sampling",
        "rows",
        "options",
        "errors.ts",
      ],
    },
    guessing: {
      for: "what a file looks like: encoding, delimiter, header, which column holds what, and how sure that is",
      imports: ["formats", "bytes", "labels", "options"],
    },
    hub: {
      for: "a folder that `datasets.load_dataset` opens: its features, dataset card and Croissant record",
      imports: ["writers", "rows"],
    },
    writers: {
      for: "samples to a file, one file for each export format",
      imports: ["formats", "options", "rows", "errors.ts"],
    },
    json: {
      for: "JSON documents of any size: a scanner, where the rows are, Label Studio's tasks",
      imports: ["formats", "bytes", "rows", "options", "errors.ts"],
    },
    parquet: {
      for: "parquet files: footer, pages checked before they are decoded, columns to rows",
      imports: ["formats", "bytes", "rows", "options", "errors.ts"],
    },
    xlsx: {
      for: "xlsx workbooks: sheets, shared texts, number formats, cells to rows",
      imports: ["formats", "bytes", "rows", "options", "errors.ts"],
    },
    formats: {
      for: "readers only, one file for each format: bytes or lines to raw rows",
      imports: ["bytes", "rows", "options", "errors.ts"],
    },
    bytes: {
      for: "bytes to lines: decompression, encodings, line ends",
      imports: ["rows", "options", "errors.ts"],
    },
    statistics: {
      for: "the profile of a dataset: classes, lengths, repeated and conflicting texts",
      imports: ["labels", "duplicates", "rows"],
    },
    labels: {
      for: "a label field to its class, by names, indexes, paths and spellings; class names that nearly agree",
      imports: ["rows", "options", "errors.ts"],
    },
    duplicates: { for: "texts that are equal, or nearly so", imports: ["rows"] },
    sampling: {
      for: "seeded choices: folds, reservoirs, label noise",
      imports: ["errors.ts"],
    },
    options: {
      for: "what a caller sets: format, encoding, label policy, limits against hostile input",
      imports: ["errors.ts"],
    },
    "errors.ts": { for: "the package's errors, by code", imports: ["rows"] },
    rows: {
      for: "raw rows, samples and rejects, excerpts of them, and a row's cells with another label",
      imports: [],
    },
  },
};
