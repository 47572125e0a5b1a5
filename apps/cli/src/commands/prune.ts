import { PruningOptions, ReviewUse } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addDecisionOptions, type DecisionOptions, ORDERS } from "../options/pruning-options.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given, positiveNumber, wholeNumber } from "../options/values.js";
import { count } from "../terminal/text.js";

interface PruneOptions extends SubmitOptions, DecisionOptions {
  readonly order?: PruningOptions["order"];
  readonly scope?: PruningOptions["scope"];
  readonly hierarchy?: PruningOptions["hierarchy"];
  readonly targetPrecision?: number;
  readonly experiment?: string;
  readonly experimentNoise?: number;
  readonly experimentRate?: number;
  readonly stability: boolean;
  readonly evidence: boolean;
  readonly reviews?: ReviewUse;
}

/** `winnow prune CROSS_VALIDATION`: flags the samples whose labels confident learning doubts. */
export function addPrune(program: Command): void {
  const command = program
    .command("prune")
    .argument("<cross-validation>", "id of the cross-validation, cv_...")
    .summary("flag samples whose labels are probably wrong")
    .description("flag the samples whose labels are probably wrong");
  addDecisionOptions(command)
    .addOption(
      new Option("--order <name>", "score to sort the flags by, worst first").choices(ORDERS),
    )
    .addOption(
      new Option(
        "--hierarchy <use>",
        "how the order takes a tree of labels a/b: ignore, weight, level-1-first",
      ).choices(PruningOptions.shape.hierarchy.unwrap().options),
    )
    .addOption(
      new Option("--scope <scope>", "decide over the whole dataset or in each fold").choices(
        PruningOptions.shape.scope.unwrap().options,
      ),
    )
    .option(
      "--target-precision <share>",
      "flag down to where this share of the flags is right, by --experiment",
      positiveNumber(1),
    )
    .option("--experiment <job>", "what winnow experiment measured of the dataset, job_...")
    .option("--experiment-noise <n>", "which of its kinds of noise, from 0", wholeNumber(0, 9))
    .option("--experiment-rate <share>", "which of its rates", positiveNumber(1))
    .addOption(
      new Option(
        "--reviews <how>",
        "follow: decided rows are not flagged again; ignore: they are",
      ).choices(ReviewUse.options),
    )
    .option("--no-stability", "do not ask every model of the run alone")
    .option("--no-evidence", "do not say which words speak for each label")
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action(
    (crossValidation: string, { url, apiKey, watch, json, experiment, ...asked }: PruneOptions) =>
      submitJob(
        "pruning",
        given({ url, apiKey, watch, json }),
        (client, signal) =>
          client.call("createPruning", {
            body: {
              crossValidationId: crossValidation,
              ...given({ ...asked, experimentId: experiment }),
            },
            signal,
          }),
        ({ pruningId, result }) => `${pruningId}  ${count(Number(result?.flagged))} labels flagged`,
      ),
  );
}
