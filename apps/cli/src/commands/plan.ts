import { type Command, Option } from "commander";
import { jsonOption } from "../options/service.js";
import { wholeNumber } from "../options/values.js";
import { planLines } from "../report/plan-lines.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";

const MODELS = ["albert", "linear", "quick"] as const;
const BACKENDS = ["wasm", "tfjs-node", "tfjs-node-gpu"] as const;

interface PlanOptions {
  readonly rows: number;
  readonly classes: number;
  readonly folds?: number;
  readonly nodes: number;
  readonly characters: number;
  readonly model: (typeof MODELS)[number];
  readonly backend: (typeof BACKENDS)[number];
  readonly secondRound?: false;
  readonly json?: true;
}

/** `winnow plan`: what a file that nobody has read yet will take. */
export function addPlan(program: Command): void {
  program
    .command("plan")
    .summary("what a file of any size will take")
    .description("memory, time and disk that each step takes, without a service or a file")
    .requiredOption("--rows <n>", "how many rows", wholeNumber(2, 2 ** 31 - 1))
    .requiredOption("--classes <n>", "how many classes", wholeNumber(2, 10_000))
    .option("--folds <k>", "how many folds, from 2 to 20", wholeNumber(2, 20))
    .option("--nodes <n>", "machines or cards, one fold at a time each", wholeNumber(1, 1000), 1)
    .option("--characters <n>", "of a text, on average", wholeNumber(1, 100_000), 40)
    .addOption(new Option("--model <kind>", "as of winnow train").choices(MODELS).default("albert"))
    .addOption(
      new Option("--backend <name>", "what to compute on").choices(BACKENDS).default("wasm"),
    )
    .option("--no-second-round", "leave the folds' probabilities as they are")
    .addOption(jsonOption())
    .action(async ({ json, ...request }: PlanOptions) => {
      const { planPipeline } = await import("@winnow/sizing"); // only where it runs
      const plan = planPipeline(request);
      if (json) printJson({ ...request, ...plan });
      else for (const line of planLines(plan)) print(line);
    });
}
