import { readFile } from "node:fs/promises";
import type { DatasetIngestParams, NoiseParams } from "@winnow/contracts";
import { type Command, Option } from "commander";
import type { z } from "zod";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given, renamings, seed, share, wholeNumber } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { count } from "../terminal/text.js";

interface DeriveOptions extends SubmitOptions {
  readonly name?: string;
  readonly seed?: number;
  readonly minPerClass?: number;
  readonly duplicates?: "keep" | "first";
}

interface SampleOptions extends DeriveOptions {
  readonly perClass: number;
}

interface NoiseOptions extends DeriveOptions {
  readonly type: NoiseParams["type"];
  readonly rate?: number;
  readonly pair?: { from: string; to: string }[];
  readonly matrix?: string;
}

/** `winnow sample DATASET`: derives a dataset of at most N rows of each class. */
export function addSample(program: Command): void {
  const command = program
    .command("sample")
    .argument("<dataset>", "id of the dataset, ds_...")
    .summary("derive a dataset of at most N rows per class")
    .description("derive a smaller dataset: at most N rows of each class")
    .requiredOption("--per-class <n>", "how many rows of each class at most", wholeNumber(1))
    .option("--seed <n>", "the same seed draws the same rows", seed);
  addDeriveOptions(command).action((dataset: string, options: SampleOptions) =>
    submitDerived("sampling", dataset, options, async () => ({
      sampling: { perClass: options.perClass, ...given({ seed: options.seed }) },
    })),
  );
}

/** `winnow inject-noise DATASET`: derives a dataset some of whose labels are wrong. */
export function addInjectNoise(program: Command): void {
  const command = program
    .command("inject-noise")
    .argument("<dataset>", "id of the dataset, ds_...")
    .summary("derive a dataset with deliberate label noise")
    .description("derive a dataset with deliberately wrong labels; it keeps the true ones, too")
    .addOption(
      new Option("--type <type>", "where a wrong label comes from")
        .choices(["symmetric", "pair", "matrix", "by-class", "annotators"])
        .default("symmetric"),
    )
    .option("--rate <share>", "the share of each class's rows to relabel", share())
    .option("--pair <from=to>", "type pair: which class becomes which (repeatable)", renamings)
    .option(
      "--matrix <file>",
      "JSON: C x C shares for C classes (type matrix) or C rates (type by-class)",
    )
    .option("--seed <n>", "the same seed relabels the same rows", seed);
  addDeriveOptions(command).action((dataset: string, options: NoiseOptions) =>
    submitDerived("noise", dataset, options, async () => ({ noise: await noiseOf(options) })),
  );
}

const addDeriveOptions = (command: Command): Command =>
  addServiceOptions(
    command
      .option("--name <name>", "the new dataset's name")
      .option("--min-per-class <n>", "drop classes with fewer rows", wholeNumber(1))
      .addOption(
        new Option("--duplicates <what>", "keep repeated texts, or only the first").choices([
          "keep",
          "first",
        ]),
      )
      .option("--watch", WATCH_HELP)
      .addOption(jsonOption()),
  );

type Derivation = Pick<z.input<typeof DatasetIngestParams>, "sampling" | "noise">;

function submitDerived(
  what: string,
  datasetId: string,
  options: DeriveOptions,
  derivation: () => Promise<Derivation>,
): Promise<void> {
  const { name, minPerClass, duplicates } = options;
  return submitJob(
    what,
    options,
    async (client, signal) => {
      const asked = await derivation();
      const parent = await client.call("getDataset", { params: { id: datasetId }, signal });
      return client.call("createDatasetIngest", {
        body: {
          name: name ?? `${parent.name} (${what})`.slice(0, 200),
          source: { type: "dataset", datasetId },
          labels: given({ minPerClass }),
          ...given({ duplicates }),
          ...asked,
        },
        signal,
      });
    },
    (job) => `${job.datasetId}  ${count(Number(job.result?.rows))} rows`,
  );
}

async function noiseOf(options: NoiseOptions): Promise<z.input<typeof NoiseParams>> {
  const { type, rate, pair, matrix } = options;
  const seeded = given({ seed: options.seed });
  if (type === "matrix" || type === "by-class") {
    if (matrix === undefined) {
      throw new CliError("matrix-missing", `--type ${type} needs --matrix FILE.`);
    }
    const numbers = await readNumbers(matrix);
    return type === "matrix"
      ? { type, matrix: numbers as number[][], ...seeded }
      : { type, rates: numbers as number[], ...seeded };
  }
  if (type === "annotators") return { type, ...given({ rate }), ...seeded };
  if (rate === undefined)
    throw new CliError("rate-missing", `--type ${type} needs --rate, for example 0.2.`);
  return type === "pair"
    ? { type, rate, ...given({ pairs: pair }), ...seeded }
    : { type, rate, ...seeded };
}

/** What a JSON file holds; the service says what is wrong with its numbers. */
async function readNumbers(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new CliError("file-not-found", `There is no file ${file}.`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError("bad-json", `${file} is not JSON: ${(error as Error).message}`);
  }
}
