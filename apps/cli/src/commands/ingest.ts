import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Client } from "@winnow/client";
import { DatasetFormat, DatasetIngestParams, LabelPolicy } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type SubmitOptions, submitJob } from "../jobs/submit-job.js";
import {
  apiKeyOption,
  column,
  given,
  jsonOption,
  renamings,
  urlOption,
  wholeNumber,
} from "../options/options.js";
import { CliError } from "../terminal/failure.js";
import { count } from "../terminal/text.js";

type Format = DatasetFormat["type"];

interface IngestOptions extends SubmitOptions {
  readonly format: Format;
  readonly name?: string;
  readonly textColumn?: string | number;
  readonly labelColumn?: string | number;
  readonly idColumn?: string | number;
  readonly trueLabelColumn?: string | number;
  readonly delimiter?: string;
  readonly header: boolean;
  readonly policy?: LabelPolicy["policy"];
  readonly level?: LabelPolicy["level"];
  readonly shortPaths?: LabelPolicy["shortPaths"];
  readonly minPerClass?: number;
  readonly perClass?: number;
  readonly sampleSeed?: number;
  readonly duplicates?: "keep" | "first";
  readonly nearDuplicates?: "auto" | "report" | "ignore";
  readonly labelSeparator?: string;
  readonly encoding?: DatasetFormat["encoding"];
  readonly text?: DatasetFormat["text"];
  readonly require?: ("keywords" | "label")[];
  readonly alias?: { from: string; to: string }[];
}

/** `winnow ingest FILE`: uploads a file and reads it into a dataset. */
export function addIngest(program: Command): void {
  const { policy, shortPaths } = LabelPolicy.shape;
  program
    .command("ingest <file>")
    .description("upload a file and read it into a dataset")
    .addOption(formatOption().makeOptionMandatory())
    .option("--name <name>", "the dataset's name (default: the file's)")
    .option("--text-column <column>", "name, index from 0, or (jsonl) dotted path", column)
    .option("--label-column <column>", "the given label", column)
    .option("--id-column <column>", "your own id", column)
    .option("--true-label-column <column>", "the true label, never seen by training", column)
    .option("--delimiter <text>", "between the fields of `delimited`")
    .option("--no-header", "the first line is data")
    .addOption(
      new Option("--policy <name>", "which of several labels counts").choices(
        policy.unwrap().options,
      ),
    )
    .option("--level <level>", "labels' depth: 1, 2 or full", levelOf)
    .addOption(
      new Option("--short-paths <what>", "labels that are shallower").choices(
        shortPaths.unwrap().options,
      ),
    )
    .option("--min-per-class <n>", "drop smaller classes", wholeNumber(1))
    .option("--per-class <n>", "sample so many rows of each class", wholeNumber(1))
    .option("--sample-seed <n>", "seeds the sampling", wholeNumber(0, 0xffff_ffff))
    .addOption(
      new Option("--duplicates <what>", "texts that come again").choices(
        DatasetIngestParams.shape.duplicates.unwrap().options,
      ),
    )
    .addOption(
      new Option("--near-duplicates <what>", "whether the profile counts them").choices(
        DatasetIngestParams.shape.nearDuplicates.unwrap().options,
      ),
    )
    .option("--label-separator <text>", "between the labels of one field")
    .addOption(new Option("--encoding <name>", "of the file").choices(["utf-8", "gb18030"]))
    .addOption(
      new Option("--text <fields>", "what of a Toutiao row is the text").choices([
        "title",
        "title-keywords",
      ]),
    )
    .addOption(
      new Option("--require <fields...>", "reject rows without them").choices([
        "keywords",
        "label",
      ]),
    )
    .option("--alias <from=to>", "read one class name as another (repeatable)", renamings)
    .option("--watch", "wait for the end")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addOption(jsonOption())
    .action((file: string, options: IngestOptions) =>
      submitJob(
        "ingest",
        options,
        (client, signal) => ingest(client, file, options, signal),
        ({ result, datasetId }) => {
          const same = Array.isArray(result?.sameFileAs) ? result.sameFileAs : [];
          const told = same.length > 0 ? `  the same file as ${same.join(", ")}` : "";
          return `${datasetId}  ${count(Number(result?.rows))} rows, ${count(Number(result?.rejected))} rejected${told}`;
        },
      ),
    );
}

/** `--format`, shared with the demo. */
export const formatOption = () =>
  new Option("--format <type>", "how the file is written").choices(
    DatasetFormat.shape.type.options,
  );

async function ingest(client: Client, file: string, options: IngestOptions, signal: AbortSignal) {
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
          delimiter: options.delimiter,
          header: options.header ? undefined : false,
          labelSeparator: options.labelSeparator,
          encoding: options.encoding,
          text: options.text,
          required: options.require,
        }),
      },
      labels: given({ policy, level, shortPaths, minPerClass, aliases: options.alias }),
      ...(perClass === undefined ? {} : { sampling: { perClass, ...given({ seed: sampleSeed }) } }),
      ...given({ duplicates: options.duplicates, nearDuplicates: options.nearDuplicates }),
    },
    signal,
  });
}

/** Streams a file to the service's storage. */
export async function uploadFile(client: Client, file: string, signal: AbortSignal) {
  const found = await stat(file).catch(() => null);
  if (found === null) throw new CliError("file-not-found", `There is no file ${file}.`);
  if (!found.isFile()) throw new CliError("not-a-file", `${file} is no file.`);
  const open = () => Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  return client.upload(open, { signal });
}

function levelOf(text: string): LabelPolicy["level"] {
  if (text === "1" || text === "2") return text === "1" ? 1 : 2;
  if (text === "full") return text;
  throw new InvalidArgumentError("Expected 1, 2 or full.");
}
