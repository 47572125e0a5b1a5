import { allItems, type Client } from "@winnow/client";
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

/** What a job's result holds of a kind; the others are read page by page. */
const MOST_IN_RESULT = 500;
const MOST_LISTED = 1_000_000;

/** `winnow findings CROSS_VALIDATION`: what else is wrong with a dataset, beside single labels. */
export function addFindings(program: Command): void {
  const command = program
    .command("findings")
    .argument("<cross-validation>", "id of the cross-validation, cv_...")
    .summary("outliers, weak groups and other findings")
    .description(
      "find near-duplicates whose labels differ, rows that fit no class, groups where the model is weak, labels whose order is not by chance, and class names that nearly agree",
    )
    .option("--most <n>", "how many groups and outliers are listed", wholeNumber(1, MOST_LISTED))
    .addOption(jsonOption());
  addServiceOptions(command).action((crossValidationId: string, options: FindingsOptions) =>
    interruptible(async (signal) => {
      const client = openClient(options);
      const most = options.most && Math.min(options.most, MOST_IN_RESULT);
      const body = { crossValidationId, ...given({ most }) };
      const { id } = await client.call("createFindings", { body, signal });
      if (!options.json) print(id);
      const job = await watchJob(client, id, signal, () => {});
      const asked = { most: options.most, signal };
      const found = await longer(client, id, Findings.parse(job.result), asked);
      if (options.json) return printJson({ ...job, result: found });
      print(findingsLines(found, columnsOf(process.stdout), COLORS, options.most).join("\n"));
    }),
  );
}

/** With as many of each kind as were asked for, as far as so many were found. */
async function longer(
  client: Client,
  id: string,
  found: Findings,
  { most = 0, signal }: { readonly most: number | undefined; readonly signal: AbortSignal },
): Promise<Findings> {
  const { conflicts, outliers } = found;
  const input = { params: { id }, signal };
  return {
    ...found,
    conflicts: {
      ...conflicts,
      found: await upTo(most, conflicts.found, () => allItems(client, "listFoundConflicts", input)),
    },
    outliers: {
      ...outliers,
      found: await upTo(most, outliers.found, () => allItems(client, "listFoundOutliers", input)),
    },
  };
}

async function upTo<T>(most: number, listed: T[], all: () => AsyncIterable<T>): Promise<T[]> {
  if (listed.length < MOST_IN_RESULT || most <= MOST_IN_RESULT) return listed;
  const items: T[] = [];
  for await (const item of all()) {
    items.push(item);
    if (items.length === most) break;
  }
  return items;
}
