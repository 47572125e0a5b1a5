import { PruningOptions } from "@winnow/contracts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { positiveNumber, wholeNumber } from "./values.js";

/** What depends on the arrays alone: the part of a pruning that also works offline. */
export type DecisionOptions = Partial<
  Omit<PruningOptions, "scope" | "order" | "stability" | "evidence" | "hierarchy" | "reviews">
>;

const { shape } = PruningOptions;

/** The orders that flags can come in. */
export const ORDERS = shape.order.unwrap().options;

/** The ways in which rows are flagged, the default first. */
export const METHODS = shape.method.unwrap().options;

/** Adds the options of how flags are decided; the contract has the defaults. */
export function addDecisionOptions(command: Command): Command {
  const choice = (flags: string, about: string, values: readonly string[]) =>
    new Option(flags, about).choices(values);
  return command
    .addOption(
      choice(
        "--semantics <name>",
        "which implementation's results to reproduce",
        shape.semantics.unwrap().options,
      ),
    )
    .addOption(choice("--method <name>", "how rows are flagged", METHODS))
    .option("--frac-noise <share>", "flag this share of the estimated noise", positiveNumber(1))
    .option(
      "--num-to-remove-per-class <list>",
      "how many rows to flag in each class: k numbers, e.g. 3,0,12",
      wholeNumbers,
    )
    .option(
      "--keep-at-least-per-class <n>",
      "leave classes with at most N rows alone",
      wholeNumber(0),
    )
    .addOption(
      choice(
        "--collision <rule>",
        "how to count a row that is confident for several classes",
        shape.collision.unwrap().options,
      ),
    )
    .option("--adjust", "sort by scores adjusted for each class's threshold")
    .addOption(
      choice(
        "--suggestion <source>",
        "where the suggested label comes from",
        shape.suggestion.unwrap().options,
      ),
    );
}

function wholeNumbers(text: string): number[] {
  const parts = text.split(",").map((part) => part.trim());
  if (!parts.every((part) => /^\d+$/.test(part))) {
    throw new InvalidArgumentError("Expected whole numbers with commas between them.");
  }
  return parts.map(Number);
}
