import { allItems } from "@winnow/client";
import type { Pruning, PruningClass } from "@winnow/contracts";
import { type Command, InvalidArgumentError } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { share } from "../options/values.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { oneLine, percent } from "../terminal/text.js";

interface CheckOptions extends ServiceOptions {
  readonly maxNoise?: number;
  readonly maxClassNoise?: number;
  readonly json?: true;
}

/** `winnow check PRUNING`: ends with 1 where more labels are wrong than a pipeline allows. */
export function addCheck(program: Command): void {
  const command = program
    .command("check")
    .argument("<pruning>", "id of the pruning, pr_...")
    .summary("fail where too many labels are wrong")
    .description(
      "exit with 1 where a pruning estimates more wrong labels than allowed, for pipelines",
    )
    .option("--max-noise <share>", "of all rows, for example 0.05", share())
    .option("--max-class-noise <share>", "of the rows of any class, for example 0.2", share())
    .addOption(jsonOption());
  addServiceOptions(command).action((id: string, options: CheckOptions) =>
    interruptible(async (signal) => {
      if (options.maxNoise === undefined && options.maxClassNoise === undefined) {
        throw new InvalidArgumentError("Name --max-noise, --max-class-noise or both.");
      }
      const client = openClient(options);
      const pruning = await client.call("getPruning", { params: { id }, signal });
      const classes: PruningClass[] = [];
      for await (const one of allItems(client, "listPruningClasses", { params: { id }, signal })) {
        classes.push(one);
      }
      const found = faultsOf(pruning, classes, options);
      if (options.json) printJson(found);
      else report(found);
      if (!found.passed) process.exitCode = 1;
    }),
  );
}

interface Found {
  readonly passed: boolean;
  readonly noise: number;
  /** Whether people found it in a random sample, or the model says it. */
  readonly source: "reviewed-sample" | "model";
  readonly maxNoise: number | null;
  readonly maxClassNoise: number | null;
  /** Classes above the limit, the noisiest first. */
  readonly classes: readonly { readonly name: string; readonly noise: number }[];
}

function faultsOf(
  { report, sampledNoise }: Pruning,
  perClass: readonly PruningClass[],
  { maxNoise, maxClassNoise }: CheckOptions,
): Found {
  const sampled = sampledNoise?.noiseRate.estimate;
  const noise = sampled ?? report?.noise?.rate ?? report?.estimatedNoiseRate ?? 0;
  const classes = perClass
    .filter(({ labelNoise }) => maxClassNoise !== undefined && labelNoise > maxClassNoise)
    .map(({ name, labelNoise }) => ({ name, noise: labelNoise }))
    .sort((a, b) => b.noise - a.noise);
  return {
    passed: (maxNoise === undefined || noise <= maxNoise) && classes.length === 0,
    noise,
    source: sampled === undefined ? "model" : "reviewed-sample",
    maxNoise: maxNoise ?? null,
    maxClassNoise: maxClassNoise ?? null,
    classes,
  };
}

function report({ passed, noise, source, maxNoise, maxClassNoise, classes }: Found): void {
  const bad = COLORS.red("too noisy");
  const are = source === "model" ? "are estimated wrong" : "are wrong by a reviewed sample";
  if (maxNoise !== null && noise > maxNoise) {
    note(`${bad}  ${percent(noise)} of the labels ${are}; ${percent(maxNoise)} are allowed`);
  }
  for (const { name, noise: share } of classes) {
    note(
      `${bad}  ${oneLine(name)}: ${percent(share)}; ${percent(maxClassNoise)} are allowed in a class`,
    );
  }
  if (passed) print(`${COLORS.green("passed")}  ${percent(noise)} of the labels ${are}`);
}
