import { z } from "zod";
import { fieldsByType, listOf, text } from "../values/constraints.js";
import { CrossValidationId, DatasetId, PruningId, UploadId } from "../values/ids.js";
import { Seed } from "../values/primitives.js";
import { ClassAlias, NoiseParams } from "./noise-parameters.js";
import { ConsensusReviews, ReviewUse } from "./review-parameters.js";
import { NextTraining } from "./training-parameters.js";

const Column = z.union([text().min(1).max(200), z.int().min(0).max(10_000)]).meta({
  id: "Column",
  description: "A column: its name, its index from 0, or (jsonl, json) a dotted path",
});

/** By their names in the WHATWG standard, and IBM 850, which it leaves out. */
const TEXT_ENCODINGS = [
  "utf-8",
  "utf-16",
  "utf-16le",
  "utf-16be",
  "gb18030",
  "big5",
  "shift_jis",
  "euc-jp",
  "euc-kr",
  "windows-1250",
  "windows-1251",
  "windows-1252",
  "windows-1253",
  "windows-1254",
  "windows-1255",
  "windows-1256",
  "windows-1257",
  "windows-1258",
  "windows-874",
  "iso-8859-2",
  "iso-8859-5",
  "iso-8859-7",
  "iso-8859-15",
  "koi8-r",
  "koi8-u",
  "macintosh",
  "ibm850",
  "ibm866",
] as const;

const FORMAT_TYPES = [
  "toutiao-multilevel",
  "toutiao",
  "csv",
  "tsv",
  "jsonl",
  "delimited",
  "parquet",
  "fasttext",
  "json",
  "xlsx",
] as const;

export const DatasetFormat = z
  .strictObject({
    type: z.enum(FORMAT_TYPES).meta({ id: "FormatType" }),
    textColumn: Column.optional(),
    labelColumn: Column.optional(),
    idColumn: Column.optional(),
    trueLabelColumn: Column.optional(),
    annotatorColumns: listOf(Column, { min: 2, max: 1000 }).optional().meta({
      description:
        "Instead of labelColumn: several annotators' columns, with a label of each; an empty cell is none. A row's label is the one that most gave",
    }),
    annotatorColumn: Column.optional().meta({
      description:
        "Each row of the file is one annotator's label of the text with its id: who labelled it. Needs idColumn; the rows of an id become one sample, whose label is the one that most gave",
    }),
    delimiter: text()
      .min(1)
      .max(8)
      .optional()
      .meta({ description: "Between fields; the type delimited needs it" }),
    quote: z.enum(["double", "none"]).meta({ id: "QuoteStyle" }).optional().meta({
      description:
        "Csv, tsv, delimited: none reads quotes as characters; by default a quote opens a field",
    }),
    escape: z.enum(["doubled", "backslash"]).meta({ id: "EscapeStyle" }).optional().meta({
      description:
        "Csv, tsv, delimited: how a quoted field holds a quote; a backslash also escapes delimiters, line breaks and itself",
    }),
    header: z
      .boolean()
      .optional()
      .meta({ description: "Whether the first line holds column names; default true" }),
    labelNames: listOf(text().min(1), { min: 2, max: 10_000 }).optional().meta({
      description:
        "The classes in index order. A text label is one of the names, or else an index from 0; a number (parquet, jsonl) is always an index, and -1 is no label",
    }),
    records: text().min(1).max(1000).optional().meta({
      description:
        "Of a json document with several lists of rows: the dotted path to the one that is read",
    }),
    sheet: z
      .union([text().min(1).max(200), z.int().min(0).max(10_000)])
      .optional()
      .meta({
        description:
          "Of an xlsx workbook: a sheet by its name, or by its place from 0; default the first that is not hidden",
      }),
    labelSeparator: text()
      .min(1)
      .max(8)
      .optional()
      .meta({ description: "Splits one label field into several labels" }),
    labelLists: z.boolean().optional().meta({
      description:
        "Reads label fields such as ['a', 'b'] or [1, 2], lists as Python, numpy or JSON writes them, as several labels",
    }),
    encoding: z.enum(TEXT_ENCODINGS).meta({ id: "TextEncoding" }).optional().meta({
      description:
        "Of a text file; by default what its byte order mark says, or else utf-8. A mark is dropped; utf-16 is of the byte order that the mark or the bytes show",
    }),
    text: z
      .enum(["title", "title-keywords"])
      .meta({ id: "ToutiaoText" })
      .optional()
      .meta({ description: "Fields of a Toutiao row that make up the text; default title" }),
    required: listOf(z.enum(["keywords", "label"]).meta({ id: "ToutiaoField" }), { max: 2 })
      .optional()
      .meta({ description: "Fields of a Toutiao row without which it is rejected" }),
    formulaGuard: z.boolean().optional().meta({
      description:
        "Removes the apostrophe that exports with formulaGuard put before cells that look like formulas",
    }),
  })
  .meta({ id: "DatasetFormat" });
export type DatasetFormat = z.infer<typeof DatasetFormat>;

/** A format as an ingest or a preview asks for it. */
export const RequestedFormat = DatasetFormat.extend({
  type: z.enum(["auto", ...FORMAT_TYPES]).meta({
    id: "RequestedFormatType",
    description: "auto: what is not given is guessed from the file, as a preview guesses it",
  }),
}).meta({ id: "RequestedFormat" });
export type RequestedFormat = z.infer<typeof RequestedFormat>;

export const LabelPolicy = z
  .strictObject({
    policy: z
      .enum(["first", "deepest", "drop-multiple", "all"])
      .meta({ id: "SeveralLabels" })
      .default("first")
      .meta({ description: "Which label counts if a row has several" }),
    level: z
      .union([z.literal(1), z.literal(2), z.literal("full")])
      .default("full")
      .meta({ description: "Levels of hierarchical labels (a/b/c) that are used" }),
    shortPaths: z
      .enum(["keep", "drop"])
      .meta({ id: "ShortPaths" })
      .default("keep")
      .meta({ description: "What happens to rows whose label has fewer levels" }),
    minPerClass: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .meta({ description: "Rows of smaller classes are rejected" }),
    aliases: listOf(ClassAlias, { max: 100_000 }).optional().meta({
      description: "Class names that are replaced by others; by an empty one: rows without label",
    }),
    normalizeLabels: z.boolean().default(false).meta({
      description:
        "Reads names that differ only in case, width, Unicode form, invisible characters or blanks as one class; labelNames and aliases spell it, else the first row",
    }),
  })
  .meta({ id: "LabelPolicy" });
export type LabelPolicy = z.infer<typeof LabelPolicy>;

export const DatasetSource = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("upload"), uploadId: UploadId }).meta({ id: "UploadSource" }),
    z
      .strictObject({ type: z.literal("path"), path: text().min(1).max(4096) })
      .meta({ id: "PathSource" }),
    z.strictObject({ type: z.literal("url"), url: z.url().max(2048) }).meta({ id: "UrlSource" }),
    z.strictObject({ type: z.literal("dataset"), datasetId: DatasetId }).meta({
      id: "ParentSource",
      description: "Derives a dataset from another, by sampling or by injected noise",
    }),
    z
      .strictObject({
        type: z.literal("pruning"),
        pruningId: PruningId,
        split: z.enum(["cleaned", "relabelled"]).meta({ id: "VersionSplit" }).default("cleaned"),
        reviews: ReviewUse.default("follow"),
      })
      .meta({
        id: "VersionSource",
        description:
          "A version of the pruning's dataset: its rows and labels as the split has them when the job runs",
      }),
    z
      .strictObject({
        type: z.literal("consensus"),
        crossValidationId: CrossValidationId,
        reviews: ConsensusReviews.default("follow"),
      })
      .meta({
        id: "ConsensusSource",
        description:
          "The cross-validation's dataset, each row with the label that its annotators and the model agree on, by CROWDLAB",
      }),
  ])
  .meta({ id: "DatasetSource" });
export type DatasetSource = z.infer<typeof DatasetSource>;

/** Types of sources that have another dataset's rows. */
const DERIVING: readonly DatasetSource["type"][] = ["dataset", "pruning", "consensus"];

export const DatasetIngestParams = fieldsByType(
  z.strictObject({
    name: text().min(1).max(200),
    source: DatasetSource,
    format: RequestedFormat.optional().meta({
      description:
        "Of a file, default auto; a guess that is not sure enough fails the job. A derived dataset has none",
    }),
    labels: LabelPolicy.prefault({}),
    sampling: z
      .strictObject({ perClass: z.int().min(1), seed: Seed.default(1) })
      .meta({ id: "SamplingParams" })
      .optional()
      .meta({ description: "Keeps at most this many rows of each class" }),
    duplicates: z
      .enum(["keep", "first"])
      .meta({ id: "DuplicatePolicy" })
      .default("keep")
      .meta({ description: "first: only the first row of each text is kept" }),
    nearDuplicates: z
      .enum(["auto", "report", "ignore"])
      .meta({ id: "NearDuplicateReport" })
      .default("auto")
      .meta({
        description: "Whether the profile counts near-duplicates; auto: up to 100,000 rows",
      }),
    columns: z
      .union([
        z.enum(["keep", "none"]).meta({ id: "KeptColumns" }),
        listOf(Column, { min: 1, max: 10_000 }),
      ])
      .default("keep")
      .meta({
        description:
          "Which columns of the file are kept beside text, label and ids: all, none, or those named. A derived dataset keeps its parent's",
      }),
    noise: NoiseParams.optional(),
    training: NextTraining.optional().meta({
      description:
        "Queues a training of the dataset, with these parameters, in the transaction that makes the dataset ready: both are there, or neither. Without soft targets",
    }),
  }),
  { field: "source", types: DERIVING },
  {
    whereItIs: [
      { field: "format", message: "a derived dataset has no format" },
      {
        field: "columns",
        only: "keep",
        message: "a derived dataset keeps the columns of its parent",
      },
    ],
    whereNot: [
      {
        field: "noise",
        message:
          'noise needs a derived dataset: use the source { "type": "dataset" } or { "type": "pruning" }',
      },
    ],
  },
).meta({ id: "DatasetIngestParams" });
export type DatasetIngestParams = z.infer<typeof DatasetIngestParams>;
