import { readFile } from "node:fs/promises";
import type { Client } from "@winnow/client";
import type { ExperimentNoise, ExperimentParams, PruningOptions } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import { saveStream } from "../files/save-stream.js";
import { followToReport } from "../jobs/follow-job.js";
import { WATCH_HELP } from "../jobs/submit-job.js";
import { METHODS, ORDERS } from "../options/pruning-options.js";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, renamings, share, wholeNumber } from "../options/values.js";
import { estimateLine, experimentLines } from "../report/experiment-lines.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { columnsOf } from "../terminal/text.js";

const NOISES = ["symmetric", "pair", "matrix", "annotators"] as const;

/** The models that a name alone describes: a bert also needs its checkpoint. */
const KINDS = ["albert", "linear", "quick"] as const;

interface ExperimentOptions extends ServiceOptions {
  readonly noise: readonly (typeof NOISES)[number][];
  readonly pair?: { from: string; to: string }[];
  readonly like?: string;
  readonly matrix?: string;
  readonly rates?: number[];
  readonly seeds?: number[];
  readonly model?: (typeof KINDS)[number];
  readonly folds?: number;
  readonly method: readonly PruningOptions["method"][];
  readonly order: readonly PruningOptions["order"][];
  readonly parallel?: number;
  readonly keepDatasets?: true;
  readonly picture?: string;
  readonly watch?: true;
  readonly json?: true;
}

/** `winnow experiment DATASET`: noise on purpose, and how well the flags find it. */
export function addExperiment(program: Command): void {
  const command = program
    .command("experiment")
    .argument("<dataset>", "id of the dataset, ds_...; or of an experiment, job_..., to show it")
    .summary("measure how well flags find injected noise")
    .description(
      "inject label noise into a dataset in several ways, and measure precision and recall of the flags",
    )
    .addOption(
      new Option("--noise <kind>", "a kind of noise (repeatable)")
        .choices(NOISES)
        .argParser<string[]>(listed(NOISES))
        .default([], "symmetric"),
    )
    .option("--pair <from=to>", "noise pair: which class becomes which (repeatable)", renamings)
    .option("--like <pruning>", "noise pair or matrix as the joint of this pruning, pr_..., has it")
    .option("--matrix <file>", "noise matrix: JSON, C x C shares for C classes")
    .option("--rates <list>", "shares of wrong labels, default 0.1,0.2,0.4", numbers(share()))
    .option("--seeds <list>", "default 1,2", numbers(wholeNumber(0, 0xffff_ffff)))
    .addOption(new Option("--model <kind>", "as of winnow train").choices(KINDS))
    .option("--folds <k>", "how many folds, from 2 to 20", wholeNumber(2, 20))
    .addOption(
      new Option("--method <name>", "how rows are flagged (repeatable)")
        .argParser<string[]>(listed(METHODS))
        .default([], METHODS[0]),
    )
    .addOption(
      new Option("--order <name>", "the score that sorts the flags (repeatable)")
        .argParser<string[]>(listed(ORDERS))
        .default([], "error_odds"),
    )
    .option("--parallel <n>", "runs at a time, default 2", wholeNumber(1, 16))
    .option("--keep-datasets", "keep the noisy datasets and what is made of them")
    .option("--picture <file>", "write precision and recall by noise rate as SVG")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action((id: string, options: ExperimentOptions) =>
    interruptible((signal) => run(openClient(options), id, options, signal)),
  );
}

async function run(
  client: Client,
  id: string,
  options: ExperimentOptions,
  signal: AbortSignal,
): Promise<void> {
  const { json, watch } = options;
  let experiment = id;
  if (!id.startsWith("job_")) {
    const body = await bodyOf(id, options);
    const { estimate } = await client.validate("createExperiment", { body, signal });
    if (!json) note(estimateLine(estimate));
    const job = await client.call("createExperiment", { body, signal });
    if (!json) print(job.id);
    if (!watch) {
      if (json) printJson(job);
      return;
    }
    experiment = job.id;
  }
  if (watch) {
    await followToReport(client, experiment, {
      name: "experiment",
      summarize: ({ result }) => `${result?.runs} runs`,
      json,
      signal,
    });
  }
  await show(client, experiment, options, signal);
}

async function show(
  client: Client,
  id: string,
  { json, picture }: ExperimentOptions,
  signal: AbortSignal,
): Promise<void> {
  const found = await client.call("getExperiment", { params: { id }, signal });
  if (picture !== undefined) {
    const body = await client.download("getExperimentPicture", { params: { id }, signal });
    await saveStream(body, picture, signal);
  }
  if (json) printJson(found);
  else print(experimentLines(found, columnsOf(process.stdout)).join("\n"));
}

async function bodyOf(
  datasetId: string,
  options: ExperimentOptions,
): Promise<z.input<typeof ExperimentParams>> {
  const { noise, method, order, model, keepDatasets } = options;
  const noises = await Promise.all(
    (noise.length > 0 ? noise : (["symmetric"] as const)).map((type) => noiseOf(type, options)),
  );
  const methods = method.length > 0 ? method : [METHODS[0]!];
  const orders = order.length > 0 ? order : ["error_odds" as const];
  return {
    datasetId,
    noises,
    prunings: methods.flatMap((one) => orders.map((other) => ({ method: one, order: other }))),
    ...given({
      rates: options.rates,
      seeds: options.seeds,
      folds: options.folds,
      parallel: options.parallel,
      model: model && { kind: model },
      keep: keepDatasets && ("datasets" as const),
    }),
  };
}

async function noiseOf(
  type: (typeof NOISES)[number],
  { pair, like, matrix }: ExperimentOptions,
): Promise<ExperimentNoise> {
  if (type === "symmetric" || type === "annotators") return { type };
  const source = given({ pruningId: like });
  if (type === "pair") return { type, ...(pair ? { pairs: pair } : source) };
  if (matrix === undefined && like === undefined) {
    throw new CliError("matrix-missing", "--noise matrix needs --matrix FILE or --like PRUNING.");
  }
  return { type, ...(matrix === undefined ? source : { matrix: await readMatrix(matrix) }) };
}

async function readMatrix(file: string): Promise<number[][]> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new CliError("file-not-found", `There is no file ${file}.`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError("bad-json", `${file} is not JSON: ${(error as Error).message}`);
  }
}

/** Collects the values of an option that is given several times. */
const listed =
  (choices: readonly string[]) =>
  (text: string, before: readonly string[] = []): string[] => {
    if (!choices.includes(text)) {
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
    }
    return [...before, text];
  };

/** Parses numbers with commas between them. */
const numbers =
  (parse: (text: string) => number) =>
  (text: string): number[] =>
    text.split(",").map((part) => parse(part.trim()));
