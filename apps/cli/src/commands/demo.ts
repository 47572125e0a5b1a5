import type { RequestedFormat } from "@winnow/contracts";
import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { printReport } from "../demo/print-report.js";
import { readLabelNames } from "../files/class-names.js";
import {
  addFormatOptions,
  type FormatOptions,
  requestedFormat,
} from "../options/format-options.js";
import { jsonOption } from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { guessedFormat } from "./ingest.js";

interface DemoCommandOptions extends FormatOptions {
  readonly file?: string;
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
    .option("--folds <k>", "how many folds, from 2 to 20", wholeNumber(2, 20), 3)
    .option("--epochs <n>", "default: 2 for the demo set, 1 for a file", wholeNumber(1, 100))
    .option("--data <dir>", "folder for databases, files and logs (default: a temporary one)")
    .option("--out <dir>", "folder for the report and the exports", "./winnow-demo")
    .option("--keep", "keep the temporary data folder")
    .option("--force", "write over results of an earlier run")
    .addOption(jsonOption());
  addFormatOptions(command).action(demo);
}

async function demo({ json, file, ...options }: DemoCommandOptions): Promise<void> {
  const { LOG_LEVEL, WINNOW_API_KEY } = readEnvironment();
  const { folds, out } = options;
  const asked = requestedFormat(options, await readLabelNames(options.labelNames));
  if (file === undefined && (asked.type !== "auto" || Object.keys(asked).length > 1)) {
    const message = "Options of the format need --file; the demo set has a format of its own.";
    throw new CliError("file-missing", message);
  }
  const input =
    file === undefined ? undefined : { file, format: await formatOf(file, asked, json) };
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

async function formatOf(file: string, asked: RequestedFormat, isQuiet: true | undefined) {
  const { type, ...parts } = asked;
  return type === "auto" ? guessedFormat(file, asked, isQuiet) : { ...parts, type };
}
