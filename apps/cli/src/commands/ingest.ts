import { basename } from "node:path";
import type { Client } from "@winnow/client";
import { DatasetFormat, DatasetIngestParams, LabelPolicy } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { LABEL_NAMES_HELP, readLabelNames } from "../files/class-names.js";
import { uploadFile } from "../files/upload-file.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addColumnsOption, keptColumns } from "../options/kept-columns.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { addTextOptions, type TextOptions, textFormat } from "../options/text-options.js";
import { aliases, column, given, seed, wholeNumber } from "../options/values.js";
import { count } from "../terminal/text.js";

type Format = DatasetFormat["type"];

interface IngestOptions extends SubmitOptions, TextOptions {
  readonly format: Format;
  readonly name?: string;
  readonly textColumn?: string | number;
  readonly labelColumn?: string | number;
  readonly idColumn?: string | number;
  readonly trueLabelColumn?: string | number;
  readonly policy?: LabelPolicy["policy"];
  readonly level?: LabelPolicy["level"];
  readonly shortPaths?: LabelPolicy["shortPaths"];
  readonly minPerClass?: number;
  readonly perClass?: number;
  readonly sampleSeed?: number;
  readonly duplicates?: "keep" | "first";
  readonly nearDuplicates?: "auto" | "report" | "ignore";
  readonly labelNames?: string;
  readonly labelSeparator?: string;
  readonly labelLists?: true;
  readonly text?: DatasetFormat["text"];
  readonly require?: ("keywords" | "label")[];
  readonly columns: readonly string[];
  readonly alias?: { from: string; to: string }[];
  readonly normalizeLabels?: true;
}

/** `winnow ingest FILE`: uploads a file and reads it into a dataset. */
export function addIngest(program: Command): void {
  const { policy, shortPaths } = LabelPolicy.shape;
  const command = program
    .command("ingest")
    .argument("<file>", "the file to read")
    .description("upload a file and read it into a dataset")
    .addOption(formatOption().makeOptionMandatory())
    .option("--name <name>", "the dataset's name (default: the file's)")
    .option("--text-column <column>", COLUMN_HELP, column)
    .option("--label-column <column>", "the given label", column)
    .option("--id-column <column>", "an id of your own, kept with each row", column)
    .option("--true-label-column <column>", TRUE_LABEL_HELP, column)
    .addOption(
      new Option("--policy <name>", "which label counts where a row has several").choices(
        policy.unwrap().options,
      ),
    )
    .option("--level <level>", "how deep hierarchical labels are read: 1, 2 or full", levelOf)
    .addOption(
      new Option("--short-paths <what>", "what to do with labels less deep than that").choices(
        shortPaths.unwrap().options,
      ),
    )
    .option("--min-per-class <n>", "drop classes with fewer rows", wholeNumber(1))
    .option("--per-class <n>", "sample at most N rows of each class", wholeNumber(1))
    .option("--sample-seed <n>", "the same seed samples the same rows", seed)
    .addOption(
      new Option("--duplicates <what>", "keep repeated texts, or only the first").choices(
        DatasetIngestParams.shape.duplicates.unwrap().options,
      ),
    )
    .addOption(
      new Option("--near-duplicates <what>", "whether the profile counts near-duplicates").choices(
        DatasetIngestParams.shape.nearDuplicates.unwrap().options,
      ),
    )
    .option("--label-names <names>", LABEL_NAMES_HELP)
    .option("--label-lists", LABEL_LISTS_HELP)
    .option("--label-separator <text>", "what separates several labels in one field")
    .addOption(
      new Option("--text <fields>", "which fields of a Toutiao row make up the text").choices([
        "title",
        "title-keywords",
      ]),
    )
    .addOption(
      new Option("--require <fields...>", "reject rows that lack these fields").choices([
        "keywords",
        "label",
      ]),
    )
    .option(
      "--alias <from=to>",
      "read one class name as another, or as no label (repeatable)",
      aliases,
    )
    .option("--normalize-labels", "read names that differ only in case, width and the like as one")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addTextOptions(command);
  addColumnsOption(command);
  addServiceOptions(command).action((file: string, options: IngestOptions) =>
    submitJob(
      "ingest",
      options,
      (client, signal) => ingest(client, file, options, signal),
      ({ result, datasetId }) => {
        const same = Array.isArray(result?.sameFileAs) ? result.sameFileAs : [];
        const note = same.length > 0 ? `  the same file as ${same.join(", ")}` : "";
        return `${datasetId}  ${count(Number(result?.rows))} rows, ${count(Number(result?.rejected))} rejected${note}`;
      },
    ),
  );
}

/** `--format`, shared with the demo. */
export const formatOption = () =>
  new Option("--format <type>", "the file's format").choices(DatasetFormat.shape.type.options);

/** Help of the column options, shared with the demo. */
export const COLUMN_HELP = "the text: a name, an index from 0, or (jsonl, json) a dotted path";
export const LABEL_LISTS_HELP = "read label fields such as ['a', 'b'] or [1, 2] as lists of labels";
export const TRUE_LABEL_HELP = "the true label; training never sees it";

async function ingest(client: Client, file: string, options: IngestOptions, signal: AbortSignal) {
  const labelNames = await readLabelNames(options.labelNames);
  const upload = await uploadFile(client, file, signal);
  const { policy, level, shortPaths, minPerClass, perClass, sampleSeed } = options;
  return client.call("createDatasetIngest", {
    body: {
      name: options.name ?? basename(file),
      source: { type: "upload", uploadId: upload.id },
      format: {
        type: options.format,
        ...given({
          textColumn: options.textColumn,
          labelColumn: options.labelColumn,
          idColumn: options.idColumn,
          trueLabelColumn: options.trueLabelColumn,
          labelNames,
          labelSeparator: options.labelSeparator,
          labelLists: options.labelLists,
          text: options.text,
          required: options.require,
        }),
        ...textFormat(options),
      },
      columns: keptColumns(options.columns),
      labels: given({
        policy,
        level,
        shortPaths,
        minPerClass,
        aliases: options.alias,
        normalizeLabels: options.normalizeLabels,
      }),
      ...(perClass === undefined ? {} : { sampling: { perClass, ...given({ seed: sampleSeed }) } }),
      ...given({ duplicates: options.duplicates, nearDuplicates: options.nearDuplicates }),
    },
    signal,
  });
}

function levelOf(text: string): LabelPolicy["level"] {
  if (text === "1" || text === "2") return text === "1" ? 1 : 2;
  if (text === "full") return text;
  throw new InvalidArgumentError("Expected 1, 2 or full.");
}
