import { LabelPolicy } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { aliases, given, wholeNumber } from "./values.js";

/** What a command is told of a file's labels. */
export interface LabelOptions {
  readonly policy?: LabelPolicy["policy"];
  readonly level?: LabelPolicy["level"];
  readonly shortPaths?: LabelPolicy["shortPaths"];
  readonly minPerClass?: number;
  readonly alias?: { from: string; to: string }[];
  readonly normalizeLabels?: true;
}

/** Adds the options of how labels become classes. */
export function addLabelOptions(command: Command): Command {
  const { policy, shortPaths } = LabelPolicy.shape;
  return command
    .addOption(
      new Option("--policy <name>", "which label counts where a row has several").choices(
        policy.unwrap().options,
      ),
    )
    .option("--level <level>", "how deep hierarchical labels are read: 1, 2 or full", levelOf)
    .addOption(
      new Option("--short-paths <what>", "what to do with labels less deep than that").choices(
        shortPaths.unwrap().options,
      ),
    )
    .option("--min-per-class <n>", "drop classes with fewer rows", wholeNumber(1))
    .option(
      "--alias <from=to>",
      "read one class name as another, or as no label (repeatable)",
      aliases,
    )
    .option("--normalize-labels", "read names that differ only in case, width and the like as one");
}

/** The policy that the options ask for. */
export const labelPolicy = (options: LabelOptions) =>
  given({
    policy: options.policy,
    level: options.level,
    shortPaths: options.shortPaths,
    minPerClass: options.minPerClass,
    aliases: options.alias,
    normalizeLabels: options.normalizeLabels,
  });

function levelOf(text: string): LabelPolicy["level"] {
  if (text === "1" || text === "2") return text === "1" ? 1 : 2;
  if (text === "full") return text;
  throw new InvalidArgumentError("Expected 1, 2 or full.");
}
