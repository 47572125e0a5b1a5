import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parse } from "node:path";
import type { DatasetFormat, LabelPolicy } from "@winnow/contracts";
import type { Command } from "commander";
import type { ConsensusPlan } from "../consensus/run-consensus.js";
import { ARRAY_HELP, parseArrayPath } from "../files/array-file.js";
import { namesFile, readLabelNames } from "../files/class-names.js";
import { assertOutputs } from "../files/output-paths.js";
import { assertFile } from "../files/upload-file.js";
import { columnList } from "../options/annotator-options.js";
import {
  addFormatOptions,
  type FormatOptions,
  requestedFormat,
} from "../options/format-options.js";
import { addLabelOptions, type LabelOptions, labelPolicy } from "../options/label-options.js";
import { jsonOption } from "../options/service.js";
import { seed } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { columnsOf } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";
import { guessedFormat } from "./ingest.js";

interface ConsensusOptions extends FormatOptions, LabelOptions {
  readonly annotatorColumns: (string | number)[];
  readonly probabilities?: string;
  readonly force?: true;
  readonly output?: string;
  readonly annotators?: string;
  readonly seed: number;
  readonly json?: true;
}

/** `winnow consensus FILE`: one label a row out of several annotators', without a service. */
export function addConsensus(program: Command): void {
  const command = program
    .command("consensus")
    .argument("<file>", "a file with a column of labels for each annotator")
    .summary("agree on labels of several annotators")
    .description(
      "one label a row out of several annotators', and how good each annotator is, by CROWDLAB; without a service",
    )
    .requiredOption(
      "--annotator-columns <list>",
      "the annotators' columns: a,b,c by names or indexes; an empty cell is no vote",
      columnList,
    )
    .option(
      "--probabilities <array>",
      `out-of-sample probabilities of the rows, (n, k); with --label-names in the columns' order; default: the quick model's: ${ARRAY_HELP}`,
    )
    .option("--force", "use the columns even if they fit the labels better in another order")
    .option("-o, --output <file>", "default: the file's name with .consensus")
    .option("--annotators <file>", "also write the annotators' table as csv")
    .option("--seed <n>", "the same seed deals the same folds", seed, 1)
    .addOption(jsonOption());
  addFormatOptions(command);
  addLabelOptions(command).action((file: string, options: ConsensusOptions) =>
    interruptible((signal) => consensus(file, options, signal)),
  );
}

async function consensus(
  file: string,
  options: ConsensusOptions,
  signal: AbortSignal,
): Promise<void> {
  await assertFile(file);
  const { labelColumn, json } = options;
  if (labelColumn !== undefined) {
    throw new CliError(
      "two-sources",
      "labels come from --annotator-columns or from --label-column: pass one",
    );
  }
  const asked = requestedFormat(options, await readLabelNames(options.labelNames));
  const format: DatasetFormat =
    asked.type === "auto" ? await guessedFormat(file, asked, true) : { ...asked, type: asked.type };
  const { runConsensus } = await import("../consensus/run-consensus.js");
  const { writtenEnding } = await import("../audit/file-table.js");
  const out = options.output ?? `${parse(file).name}.consensus.${writtenEnding(format)}`;
  const given = options.probabilities && (await parseArrayPath(options.probabilities)).file;
  assertOutputs([out, options.annotators], [file, given, namesFile(options.labelNames)]);
  const report = await runConsensus(
    {
      source: {
        file,
        format,
        labels: labelPolicy(options) as LabelPolicy,
        signal,
      },
      size: (await stat(file)).size,
      probabilities: await probabilitiesOf(file, options),
      out,
      annotatorsFile: options.annotators,
      threads: availableParallelism(),
      seed: options.seed,
    },
    openSteps(process.stderr, json === true),
  );
  const { annotatorFigures, consensusFigures, consensusLines } = await import(
    "../consensus/consensus-lines.js"
  );
  if (json) {
    printJson({ ...consensusFigures(report), annotators: annotatorFigures(report) });
  } else print(["", ...consensusLines(report, columnsOf(process.stdout), COLORS)].join("\n"));
}

async function probabilitiesOf(
  file: string,
  { probabilities, labelNames, force }: ConsensusOptions,
): Promise<ConsensusPlan["probabilities"]> {
  if (probabilities === undefined) return undefined;
  if (labelNames === undefined) {
    throw new CliError(
      "classes-missing",
      "--label-names says which class each column of --probabilities is: pass both",
    );
  }
  const array = await parseArrayPath(probabilities);
  await assertFile(array.file);
  const { givenProbabilities } = await import("../consensus/given-probabilities.js");
  const onOtherOrder = force
    ? (message: string) =>
        note(warningLines({ code: "class-order", message }, columnsOf(process.stderr)).join("\n"))
    : undefined;
  return (rows) => givenProbabilities({ array, file, onOtherOrder }, rows);
}
