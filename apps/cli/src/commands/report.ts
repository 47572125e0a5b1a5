import type { Command } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { wholeNumber } from "../options/values.js";
import { pruningLines, readPruningReport } from "../report/pruning-report.js";
import { TOP_HELP, WORST_ROWS } from "../report/worst-lines.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";

interface ReportOptions extends ServiceOptions {
  readonly top: number;
  readonly evidence?: true;
  readonly json?: true;
}

/** `winnow report PRUNING`: what a pruning says, for people. */
export function addReport(program: Command): void {
  const command = program
    .command("report")
    .argument("<pruning>", "id of the pruning, pr_...")
    .summary("show a pruning's noise rate and worst rows")
    .description("show a pruning: noise rate with its interval, flags, warnings, worst rows")
    .option("--top <n>", TOP_HELP, wholeNumber(1, 1000), WORST_ROWS)
    .option("--evidence", "also show which words speak for each worst row's labels")
    .addOption(jsonOption());
  addServiceOptions(command).action((pruning: string, options: ReportOptions) =>
    interruptible(async (signal) => {
      const report = await readPruningReport(openClient(options), pruning, options.top, signal);
      if (options.json) return printJson(report);
      const { evidence } = options;
      print(pruningLines(report, columnsOf(process.stdout), COLORS, { evidence }).join("\n"));
    }),
  );
}
