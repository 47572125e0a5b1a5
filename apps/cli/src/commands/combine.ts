import { PruningOptions } from "@winnow/contracts";
import type { Command } from "commander";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given } from "../options/values.js";

interface CombineOptions extends SubmitOptions {
  readonly prune?: true;
}

/** `winnow combine CROSS_VALIDATION CROSS_VALIDATION...`: several runs over one dataset as one. */
export function addCombine(program: Command): void {
  const command = program
    .command("combine")
    .argument(
      "<cross-validations...>",
      "ids of two or more cross-validations of one dataset, cv_...",
    )
    .summary("average runs of several seeds or models")
    .description(
      "make a cross-validation that is the mean of others' log probabilities; its flags say how many of the models agree",
    )
    .option("--prune", "then queue a pruning with default options")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action((crossValidationIds: string[], options: CombineOptions) =>
    submitJob(
      "combination",
      options,
      (client, signal) =>
        client.call("createCombination", {
          body: {
            crossValidationIds,
            ...given({ pruning: options.prune ? PruningOptions.parse({}) : undefined }),
          },
          signal,
        }),
      ({ crossValidationId, pruningId }) =>
        [crossValidationId, pruningId].filter((part) => part !== null).join("  "),
    ),
  );
}
