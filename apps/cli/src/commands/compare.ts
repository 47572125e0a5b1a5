import { Comparison } from "@winnow/contracts";
import type { Command } from "commander";
import { watchJob } from "../jobs/watch-job.js";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, seed, wholeNumber } from "../options/values.js";
import { comparisonLines } from "../report/comparison-lines.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";

interface CompareOptions extends ServiceOptions {
  readonly test?: string;
  readonly folds?: number;
  readonly seed?: number;
  readonly json?: true;
}

/** `winnow compare PRUNING`: what cleaning is worth to the model that learns afterwards. */
export function addCompare(program: Command): void {
  const command = program
    .command("compare")
    .argument("<pruning>", "id of the pruning, pr_...")
    .summary("what cleaning is worth to the next model")
    .description(
      "train the quick model on the dataset as it is, cleaned, relabelled, with soft labels and as reviewed, and judge all on the same rows",
    )
    .option("--test <dataset>", "judge on the rows of this dataset instead, ds_...")
    .option("--folds <k>", "how many folds, from 2 to 20", wholeNumber(2, 20))
    .option("--seed <n>", "the same seed gives the same folds", seed)
    .addOption(jsonOption());
  addServiceOptions(command).action((pruningId: string, options: CompareOptions) =>
    interruptible(async (signal) => {
      const client = openClient(options);
      const asked = given({
        testDatasetId: options.test,
        folds: options.folds,
        seed: options.seed,
      });
      const body = { pruningId, ...asked };
      const { id } = await client.call("createComparison", { body, signal });
      if (!options.json) print(id);
      const job = await watchJob(client, id, signal, () => {});
      if (options.json) return printJson(job);
      const lines = comparisonLines(Comparison.parse(job.result), columnsOf(process.stdout));
      print(lines.join("\n"));
    }),
  );
}
