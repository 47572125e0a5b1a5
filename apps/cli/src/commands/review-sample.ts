import { allItems } from "@winnow/client";
import type { ReviewSample } from "@winnow/contracts";
import type { Command } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, positiveNumber, seed, wholeNumber } from "../options/values.js";
import { sampleLines } from "../report/sample-lines.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { columnsOf, count, percent } from "../terminal/text.js";

interface SampleOptions extends ServiceOptions {
  readonly json?: true;
}

interface DrawOptions extends SampleOptions {
  readonly size?: number;
  readonly halfWidth?: number;
  readonly seed?: number;
}

/** `winnow review-sample draw|show|list`: how many labels are wrong, by people and at random. */
export function addReviewSample(program: Command): void {
  const samples = program
    .command("review-sample")
    .summary("measure the noise rate by a random sample")
    .description("draw random rows to review, and see how many labels are wrong by them")
    .helpCommand("help [command]", "print a command's help");
  const add = (name: string, description: string, argument: string, what: string) =>
    addServiceOptions(
      samples
        .command(name)
        .argument(argument, what)
        .description(description)
        .addOption(jsonOption()),
    );
  add(
    "draw",
    "draw a sample of flagged and unflagged rows; `winnow review` reviews it",
    "<pruning>",
    "id of the pruning whose flags divide the rows, pr_...",
  )
    .option("--size <n>", "rows of the sample", wholeNumber(2, 10_000))
    .option(
      "--half-width <share>",
      "instead: how far the noise rate's interval may reach to each side (default 0.02)",
      positiveNumber(0.5),
    )
    .option("--seed <n>", "draws the same rows again (default: a random one)", seed)
    .action((pruningId: string, options: DrawOptions) =>
      interruptible(async (signal) => {
        const client = openClient(options);
        const { datasetId: id } = await client.call("getPruning", {
          params: { id: pruningId },
          signal,
        });
        const { size, halfWidth } = options;
        const body = { pruningId, ...given({ size, halfWidth, seed: options.seed }) };
        show(await client.call("createReviewSample", { params: { id }, body, signal }), options);
      }),
    );
  add("show", "show what a sample says so far", "<sample>", "id of the sample, rs_...").action(
    (id: string, options: SampleOptions) =>
      interruptible(async (signal) => {
        show(
          await openClient(options).call("getReviewSample", { params: { id }, signal }),
          options,
        );
      }),
  );
  add("list", "list a dataset's samples", "<dataset>", "id of the dataset, ds_...").action(
    (id: string, options: SampleOptions) =>
      interruptible(async (signal) => {
        const found: ReviewSample[] = [];
        const client = openClient(options);
        for await (const sample of allItems(client, "listReviewSamples", {
          ...{ params: { id }, signal },
        })) {
          found.push(sample);
        }
        if (options.json) printJson(found);
        else print(listLines(found).join("\n"));
      }),
  );
}

function show(sample: ReviewSample, options: SampleOptions): void {
  if (options.json) printJson(sample);
  else print(sampleLines(sample, columnsOf(process.stdout), COLORS).join("\n"));
}

function listLines(samples: readonly ReviewSample[]): string[] {
  if (samples.length === 0) return ["no sample was drawn"];
  const rows = samples.map(({ id, pruningId, size, reviewed, noiseRate }) => [
    id,
    pruningId,
    count(size),
    count(reviewed),
    noiseRate
      ? `${percent(noiseRate.estimate)} (${percent(noiseRate.low)} to ${percent(noiseRate.high)})`
      : "unknown yet",
  ]);
  return table([["sample", "by the flags of", "rows", "reviewed", "noise rate"], ...rows], {
    right: new Set([2, 3]),
  });
}
