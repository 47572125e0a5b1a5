import type { DatasetFormat } from "@winnow/contracts";
import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { printReport } from "../demo/print-report.js";
import { column, given, jsonOption, printJson, wholeNumber } from "../options/options.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { openSteps } from "../terminal/steps.js";
import { formatOption } from "./ingest.js";

interface DemoCommandOptions {
  readonly file?: string;
  readonly format?: DatasetFormat["type"];
  readonly textColumn?: string | number;
  readonly labelColumn?: string | number;
  readonly trueLabelColumn?: string | number;
  readonly folds: number;
  readonly epochs?: number;
  readonly data?: string;
  readonly out: string;
  readonly json?: true;
  readonly keep?: true;
}

/** `winnow demo`: the whole way from a file to its wrong labels, on this machine, in one go. */
export function addDemo(program: Command): void {
  program
    .command("demo")
    .description("start everything, find the wrong labels of a file, and stop everything")
    .option("--file <file>", "your own file in place of the demo set")
    .addOption(formatOption())
    .option("--text-column <column>", "name, index from 0, or (jsonl) dotted path", column)
    .option("--label-column <column>", "the given label", column)
    .option("--true-label-column <column>", "the true label, never seen by training", column)
    .option("--folds <k>", "from 2 to 20", wholeNumber(2, 20), 3)
    .option("--epochs <n>", "default: 2 for the demo set, 1 for a file", wholeNumber(1, 100))
    .option("--data <dir>", "where databases, files and logs lie (default: a temporary folder)")
    .option("--out <dir>", "where report and exports go", "./winnow-demo")
    .option("--keep", "keep the temporary data folder")
    .addOption(jsonOption())
    .action(demo);
}

async function demo({ json, file, format, ...options }: DemoCommandOptions): Promise<void> {
  if ((file === undefined) !== (format === undefined)) {
    throw new CliError(
      "format-missing",
      "--file and --format go together: name both, or neither for the demo set.",
    );
  }
  const { LOG_LEVEL, WINNOW_API_KEY } = readEnvironment();
  const { textColumn, labelColumn, trueLabelColumn, data, epochs, ...rest } = options;
  const columns = given({ textColumn, labelColumn, trueLabelColumn });
  const input =
    file === undefined || format === undefined
      ? undefined
      : { file, format: { type: format, ...columns } };
  const { runDemo } = await import("../demo/run-demo.js"); // only where it runs: it loads the services
  const report = await interruptible((signal) =>
    runDemo(
      {
        ...rest,
        ...given({ input, epochs, dataDir: data, apiKey: WINNOW_API_KEY }),
        keep: options.keep === true,
        logLevel: LOG_LEVEL,
      },
      openSteps(process.stdout, json),
      signal,
    ),
  );
  if (json) printJson(report);
  else printReport(report, process.stdout);
}
