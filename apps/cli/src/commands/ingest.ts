import { basename } from "node:path";
import type { Client } from "@winnow/client";
import { type DatasetFormat, DatasetIngestParams, type RequestedFormat } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { readLabelNames } from "../files/class-names.js";
import { previewLocally } from "../files/guess-file.js";
import { uploadFile } from "../files/upload-file.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addAnnotatorOptions } from "../options/annotator-options.js";
import { formatFlags, shellWord } from "../options/format-flags.js";
import {
  addFormatOptions,
  type FormatOptions,
  requestedFormat,
} from "../options/format-options.js";
import { addColumnsOption, keptColumns } from "../options/kept-columns.js";
import { addLabelOptions, type LabelOptions, labelPolicy } from "../options/label-options.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given, seed, wholeNumber } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { note } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { count } from "../terminal/text.js";

interface IngestOptions extends SubmitOptions, FormatOptions, LabelOptions {
  readonly name?: string;
  readonly perClass?: number;
  readonly sampleSeed?: number;
  readonly duplicates?: "keep" | "first";
  readonly nearDuplicates?: "auto" | "report" | "ignore";
  readonly columns: readonly string[];
}

/** `winnow ingest FILE`: uploads a file and reads it into a dataset. */
export function addIngest(program: Command): void {
  const command = program
    .command("ingest")
    .argument("<file>", "the file to read")
    .description("upload a file and read it into a dataset")
    .option("--name <name>", "the dataset's name (default: the file's)")
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
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addFormatOptions(command);
  addAnnotatorOptions(command);
  addLabelOptions(command);
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

async function ingest(client: Client, file: string, options: IngestOptions, signal: AbortSignal) {
  const asked = requestedFormat(options, await readLabelNames(options.labelNames));
  const format = asked.type === "auto" ? await guessedFormat(file, asked, options.json) : asked;
  const upload = await uploadFile(client, file, signal);
  const { perClass, sampleSeed } = options;
  return client.call("createDatasetIngest", {
    body: {
      name: options.name ?? basename(file),
      source: { type: "upload", uploadId: upload.id },
      format,
      columns: keptColumns(options.columns),
      labels: labelPolicy(options),
      ...(perClass === undefined ? {} : { sampling: { perClass, ...given({ seed: sampleSeed }) } }),
      ...given({ duplicates: options.duplicates, nearDuplicates: options.nearDuplicates }),
    },
    signal,
  });
}

/** The guessed format of a file, which is said. Throws `format-unclear` where it is not sure enough. */
export async function guessedFormat(
  file: string,
  asked: RequestedFormat,
  isQuiet: true | undefined,
): Promise<DatasetFormat> {
  const { format, confidence, problem, alternatives } = await previewLocally(file, {
    format: asked,
    rows: 1,
  });
  if (format && problem?.code !== "format-unclear") {
    const sure = `guessed, confidence ${confidence.toFixed(2)}`;
    if (!isQuiet) note(COLORS.dim(`${sure}: ${formatFlags(format)}`));
    return format;
  }
  const readings = [...(format ? [format] : []), ...alternatives.map((other) => other.format)];
  const lines = [
    problem?.message ?? "",
    ...(readings.length > 0 ? ["Say which it is:"] : []),
    ...readings.map((one) => `  ${formatFlags(one)}`),
    `winnow preview ${shellWord(file)} shows the rows.`,
  ];
  throw new CliError("format-unclear", lines.join("\n"));
}
