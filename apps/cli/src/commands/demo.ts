import type { DatasetFormat } from "@winnow/contracts";
import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { printReport } from "../demo/print-report.js";
import { readLabelNames } from "../files/class-names.js";
import {
  COLUMN_HELP,
  LABEL_LISTS_HELP,
  LABEL_NAMES_HELP,
  TRUE_LABEL_HELP,
} from "../options/format-options.js";
import { jsonOption } from "../options/service.js";
import { addTextOptions, type TextOptions, textFormat } from "../options/text-options.js";
import { column, given, wholeNumber } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { formatOption } from "./ingest.js";

interface DemoCommandOptions extends TextOptions {
  readonly file?: string;
  readonly format?: DatasetFormat["type"];
  readonly textColumn?: string | number;
  readonly labelColumn?: string | number;
  readonly trueLabelColumn?: string | number;
  readonly labelNames?: string;
  readonly labelLists?: true;
  readonly folds: number;
  readonly epochs?: number;
  readonly data?: string;
  readonly out: string;
  readonly json?: true;
  readonly keep?: true;
  readonly force?: true;
}

/** `winnow demo`: the whole pipeline from a file to its wrong labels, on this machine. */
export function addDemo(program: Command): void {
  const command = program
    .command("demo")
    .summary("run the pipeline on a demo set or a file")
    .description("run the whole pipeline once, on a demo set or your own file")
    .option("--file <file>", "your own file instead of the demo set")
    .addOption(formatOption())
    .option("--text-column <column>", COLUMN_HELP, column)
    .option("--label-column <column>", "the given label", column)
    .option("--true-label-column <column>", TRUE_LABEL_HELP, column)
    .option("--label-names <names>", LABEL_NAMES_HELP)
    .option("--label-lists", LABEL_LISTS_HELP)
    .option("--folds <k>", "how many folds, from 2 to 20", wholeNumber(2, 20), 3)
    .option("--epochs <n>", "default: 2 for the demo set, 1 for a file", wholeNumber(1, 100))
    .option("--data <dir>", "folder for databases, files and logs (default: a temporary one)")
    .option("--out <dir>", "folder for the report and the exports", "./winnow-demo")
    .option("--keep", "keep the temporary data folder")
    .option("--force", "write over results of an earlier run")
    .addOption(jsonOption());
  addTextOptions(command).action(demo);
}

async function demo({ json, file, format, ...options }: DemoCommandOptions): Promise<void> {
  if ((file === undefined) !== (format === undefined)) {
    throw new CliError(
      "format-missing",
      "--file and --format go together: name both, or neither for the demo set.",
    );
  }
  const { LOG_LEVEL, WINNOW_API_KEY } = readEnvironment();
  const { textColumn, labelColumn, trueLabelColumn, labelLists, folds, out } = options;
  const labelNames = await readLabelNames(options.labelNames);
  const columns = given({ textColumn, labelColumn, trueLabelColumn, labelNames, labelLists });
  const input =
    file === undefined || format === undefined
      ? undefined
      : { file, format: { type: format, ...columns, ...textFormat(options) } };
  const { runDemo } = await import("../demo/run-demo.js"); // only where it runs: it loads the services
  const report = await interruptible((signal) =>
    runDemo(
      {
        folds,
        out,
        ...given({ input, epochs: options.epochs, dataDir: options.data, apiKey: WINNOW_API_KEY }),
        keep: options.keep === true,
        force: options.force === true,
        mayAsk: json !== true,
        logLevel: LOG_LEVEL,
      },
      openSteps(process.stdout, json),
      signal,
    ),
  );
  if (json) printJson(report);
  else printReport(report, process.stdout);
}
