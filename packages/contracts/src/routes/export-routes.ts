import { z } from "zod";
import { ReviewUse } from "../parameters/review-parameters.js";
import { text } from "../values/constraints.js";
import { PruningId } from "../values/ids.js";
import { Stream } from "./stream.js";

export const EXPORT_SPLITS = ["cleaned", "noise", "relabelled", "soft", "all"] as const;
export const EXPORT_FORMATS = [
  "jsonl",
  "json",
  "csv",
  "tsv",
  "toutiao-multilevel",
  "toutiao",
  "fasttext",
  "parquet",
] as const;
/** "source": the format of the file that was ingested, with its delimiter. */
export const EXPORT_FORMAT_CHOICES = [...EXPORT_FORMATS, "source"] as const;
export const EXPORT_COLUMNS = ["winnow", "source", "all"] as const;
export const EXPORT_UNWRITABLE = ["refuse", "clean"] as const;
/** Without their parameters. */
export const EXPORT_CONTENT_TYPES = {
  jsonl: "application/x-ndjson",
  json: "application/json",
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  "toutiao-multilevel": "text/plain",
  toutiao: "text/plain",
  fasttext: "text/plain",
  parquet: "application/vnd.apache.parquet",
} as const satisfies Record<(typeof EXPORT_FORMATS)[number], string>;

const byPruning = z.object({ id: PruningId });

/** Downloads of a dataset after a pruning. */
export const EXPORT_ROUTES = {
  exportPruning: {
    method: "GET",
    path: "/v1/prunings/:id/export",
    scope: "read",
    summary: "Export the dataset after a pruning, in input order",
    params: byPruning,
    query: z.strictObject({
      split: z.enum(EXPORT_SPLITS).meta({ id: "ExportSplit" }).default("cleaned"),
      format: z.enum(EXPORT_FORMAT_CHOICES).meta({ id: "ExportFormat" }).default("jsonl").meta({
        description:
          "source: that of the file that was ingested, with its delimiter, quotes and escapes",
      }),
      columns: z.enum(EXPORT_COLUMNS).meta({ id: "ExportColumns" }).default("winnow").meta({
        description:
          "winnow: Winnow's columns, then the file's others. source: the file's own columns, as they stood there. all: these, then Winnow's; where a name is taken, Winnow's begins with winnow_",
      }),
      reviews: ReviewUse.default("follow"),
      evidence: z.enum(["true", "false"]).default("false").meta({
        description:
          "Adds a column: which words or characters speak for a flag's suggestion and for the given label, with weights, as JSON",
      }),
      formulaGuard: z.enum(["true", "false"]).default("false").meta({
        description:
          "Puts an apostrophe before cells of csv and tsv that a spreadsheet would run; the format option formulaGuard removes it again",
      }),
      unwritable: z.enum(EXPORT_UNWRITABLE).meta({ id: "UnwritableRows" }).default("refuse").meta({
        description:
          "What happens to rows that the format cannot hold: refuse the export, or clean them; the header x-winnow-cleaned-rows counts those",
      }),
    }),
    responses: { 200: Stream },
    produces: [...new Set(Object.values(EXPORT_CONTENT_TYPES))],
    refusals: ["pruning-not-finished", "unwritable-rows", "invalid-parameters", "not-implemented"],
  },
  exportDatasetFolder: {
    method: "GET",
    path: "/v1/prunings/:id/dataset-folder",
    scope: "read",
    summary:
      "Export all splits after a pruning as a folder that datasets.load_dataset opens, in a tar",
    params: byPruning,
    query: z.strictObject({
      reviews: ReviewUse.default("follow"),
      name: text().max(200).optional().meta({ description: "By default the dataset's" }),
      description: text().max(10_000).optional(),
      license: text().max(500).optional().meta({
        description:
          "An SPDX identifier such as CC-BY-4.0, or a URL; left out where it is not given",
      }),
      url: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .optional()
        .meta({
          description:
            "Where the data is from, or will be published; left out where it is not given",
        }),
      creator: text().max(500).optional().meta({
        description: "Who made the data; left out where it is not given",
      }),
    }),
    responses: { 200: Stream },
    produces: ["application/x-tar"],
    refusals: ["pruning-not-finished"],
  },
} as const;
