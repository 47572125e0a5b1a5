import { readFile } from "node:fs/promises";
import type { DatasetIngestParams, NoiseParams } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import { type SubmitOptions, submitJob } from "../jobs/submit-job.js";
import {
  apiKeyOption,
  given,
  jsonOption,
  renamings,
  urlOption,
  wholeNumber,
} from "../options/options.js";
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

const seed = (text: string) => wholeNumber(0, 0xffff_ffff)(text);

/** `winnow sample DATASET`: a dataset of at most so many rows of each class of another. */
export function addSample(program: Command): void {
  derive(program.command("sample <dataset>"))
    .description("derive a dataset of at most so many rows of each class")
    .requiredOption("--per-class <n>", "at most so many rows of each class", wholeNumber(1))
    .option("--seed <n>", "seeds the draw: the same seed gives the same rows", seed)
    .action((dataset: string, options: SampleOptions) =>
      submitDerived("sampling", dataset, options, async () => ({
        sampling: { perClass: options.perClass, ...given({ seed: options.seed }) },
      })),
    );
}

/** `winnow inject-noise DATASET`: another dataset with wrong labels made on purpose. */
export function addInjectNoise(program: Command): void {
  derive(program.command("inject-noise <dataset>"))
    .description("derive a dataset with wrong labels made on purpose; the true ones are kept apart")
    .addOption(
      new Option("--type <type>", "which wrong labels: any other class, the sister class, a matrix")
        .choices(["symmetric", "pair", "matrix", "by-class"])
        .default("symmetric"),
    )
    .option("--rate <share>", "share of each class's rows that is made wrong", share)
    .option("--pair <from=to>", "type pair: which class becomes which (repeatable)", renamings)
    .option("--matrix <file>", "JSON: K x K shares (matrix), or K rates (by-class)")
    .option("--seed <n>", "seeds the choice of rows", seed)
    .action((dataset: string, options: NoiseOptions) =>
      submitDerived("noise", dataset, options, async () => ({ noise: await noiseOf(options) })),
    );
}

const derive = (command: Command): Command =>
  command
    .option("--name <name>", "the new dataset's name")
    .option("--min-per-class <n>", "drop smaller classes", wholeNumber(1))
    .addOption(
      new Option("--duplicates <what>", "texts that come again").choices(["keep", "first"]),
    )
    .option("--watch", "wait for the end")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addOption(jsonOption());

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
  if (rate === undefined)
    throw new CliError("rate-missing", `--type ${type} needs --rate, 0.2 say.`);
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
    throw new CliError("bad-json", `${file} is no JSON: ${(error as Error).message}`);
  }
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("Expected a share from 0 to 1.");
  }
  return value;
}
