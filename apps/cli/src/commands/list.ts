import type { Client } from "@winnow/client";
import {
  CROSS_VALIDATION_STATES,
  type CrossValidation,
  type Dataset,
  PRUNING_STATES,
  type Pruning,
} from "@winnow/contracts";
import { type Command, Option } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { age, count, fit, percent, widthOf } from "../terminal/text.js";

interface ListOptions extends ServiceOptions {
  readonly dataset?: string;
  readonly crossValidation?: string;
  readonly job?: string;
  readonly state?: never;
  readonly limit: number;
  readonly json?: true;
}

/** `winnow list datasets|cross-validations|prunings`: the newest of each. */
export function addList(program: Command): void {
  const list = program
    .command("list")
    .summary("list datasets, runs and prunings")
    .description("list datasets, cross-validations or prunings, newest first")
    .helpCommand("help [command]", "print a command's help");
  const add = (name: string) =>
    addServiceOptions(
      list
        .command(name)
        .description(`list ${name}, newest first`)
        .option("--limit <n>", "how many at most", wholeNumber(1, 1000), 20)
        .addOption(jsonOption()),
    );
  const ofDataset = (command: Command, states: readonly string[]) =>
    command
      .option("--dataset <id>", "only those of this dataset, ds_...")
      .option("--job <id>", "only what this job makes, job_...")
      .addOption(new Option("--state <state>", "only those in this state").choices(states));

  add("datasets").action((options: ListOptions) =>
    shown(
      options,
      ["dataset", "state", "rows", "classes", "age", "name"],
      async (client, signal) => {
        const query = { limit: options.limit };
        const page = await client.call("listDatasets", { query, signal });
        return { page, rows: page.data.map(datasetRow) };
      },
    ),
  );
  ofDataset(add("cross-validations"), CROSS_VALIDATION_STATES).action((options: ListOptions) =>
    shown(
      options,
      ["cross-validation", "state", "accuracy", "folds", "age", "dataset"],
      async (client, signal) => {
        const query = filterOf(options);
        const page = await client.call("listCrossValidations", { query, signal });
        return { page, rows: page.data.map(crossValidationRow) };
      },
    ),
  );
  ofDataset(add("prunings"), PRUNING_STATES)
    .option("--cross-validation <id>", "only those of this cross-validation, cv_...")
    .action((options: ListOptions) =>
      shown(
        options,
        ["pruning", "state", "flags", "age", "cross-validation"],
        async (client, signal) => {
          const crossValidationId = options.crossValidation;
          const query = { ...filterOf(options), ...given({ crossValidationId }) };
          const page = await client.call("listPrunings", { query, signal });
          return { page, rows: page.data.map(pruningRow) };
        },
      ),
    );
}

const filterOf = ({ limit, state, dataset: datasetId, job: jobId }: ListOptions) => ({
  limit,
  ...given({ state, datasetId, jobId }),
});

interface Read {
  readonly page: { readonly data: readonly unknown[]; readonly hasMore: boolean };
  readonly rows: string[][];
}

const shown = (
  options: ListOptions,
  head: readonly string[],
  read: (client: Client, signal: AbortSignal) => Promise<Read>,
) =>
  interruptible(async (signal) => {
    const { page, rows } = await read(openClient(options), signal);
    if (options.json) return printJson(page);
    const lines = table([head.map((name) => COLORS.dim(name)), ...rows], {
      width: widthOf(process.stdout),
    });
    print(rows.length === 0 ? "none" : lines.join("\n"));
    if (page.hasMore) print(COLORS.dim(`only the newest ${options.limit}; --limit shows more`));
  });

const ageOf = ({ createdAt }: { createdAt: string }): string =>
  age(Date.now() - Date.parse(createdAt));

const datasetRow = (dataset: Dataset): string[] => [
  dataset.id,
  dataset.state,
  dataset.rows === null ? "" : count(dataset.rows),
  dataset.classes === null ? "" : count(dataset.classes),
  ageOf(dataset),
  fit(dataset.name, 60),
];

const crossValidationRow = (run: CrossValidation): string[] => [
  run.id,
  run.state,
  run.accuracy === null ? "" : percent(run.accuracy),
  count(run.folds),
  ageOf(run),
  run.datasetId,
];

const pruningRow = (pruning: Pruning): string[] => [
  pruning.id,
  pruning.state,
  pruning.flagged === null ? "" : count(pruning.flagged),
  ageOf(pruning),
  pruning.crossValidationId,
];
