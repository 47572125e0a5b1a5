import { Findings } from "@winnow/contracts";
import type { Command } from "commander";
import { watchJob } from "../jobs/watch-job.js";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { findingsLines } from "../report/findings-lines.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";

interface FindingsOptions extends ServiceOptions {
  readonly most?: number;
  readonly json?: true;
}

/** `winnow findings CROSS_VALIDATION`: what else is wrong with a dataset, beside single labels. */
export function addFindings(program: Command): void {
  const command = program
    .command("findings")
    .argument("<cross-validation>", "id of the cross-validation, cv_...")
    .summary("outliers, weak groups and other findings")
    .description(
      "find near-duplicates whose labels differ, rows that fit no class, groups where the model is weak, labels whose order is not by chance, and class names that nearly agree",
    )
    .option("--most <n>", "how many groups and outliers are listed", wholeNumber(1, 500))
    .addOption(jsonOption());
  addServiceOptions(command).action((crossValidationId: string, options: FindingsOptions) =>
    interruptible(async (signal) => {
      const client = openClient(options);
      const body = { crossValidationId, ...given({ most: options.most }) };
      const { id } = await client.call("createFindings", { body, signal });
      if (!options.json) print(id);
      const job = await watchJob(client, id, signal, () => {});
      if (options.json) return printJson(job);
      const found = Findings.parse(job.result);
      print(findingsLines(found, columnsOf(process.stdout), COLORS, options.most).join("\n"));
    }),
  );
}
