import { PruningOptions, PruningReport } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { type SubmitOptions, submitJob } from "../jobs/submit-job.js";
import { apiKeyOption, given, jsonOption, urlOption } from "../options/options.js";
import { addDecisionOptions, type DecisionOptions, ORDERS } from "../options/pruning-options.js";
import { count, percent } from "../terminal/text.js";

interface PruneOptions extends SubmitOptions, DecisionOptions {
  readonly order?: PruningOptions["order"];
  readonly scope?: PruningOptions["scope"];
}

/** `winnow prune CROSS_VALIDATION`: flags the samples whose labels confident learning doubts. */
export function addPrune(program: Command): void {
  const command = program
    .command("prune <cross-validation>")
    .description("flag the samples whose labels confident learning doubts");
  addDecisionOptions(command)
    .addOption(new Option("--order <name>", "worst first by this").choices(ORDERS))
    .addOption(
      new Option("--scope <scope>", "over the dataset or per fold").choices(
        PruningOptions.shape.scope.unwrap().options,
      ),
    )
    .option("--watch", "wait for the end")
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addOption(jsonOption())
    .action((crossValidation: string, { url, apiKey, watch, json, ...asked }: PruneOptions) =>
      submitJob(
        "pruning",
        given({ url, apiKey, watch, json }),
        (client, signal) =>
          client.call("createPruning", {
            body: { crossValidationId: crossValidation, ...given(asked) },
            signal,
          }),
        ({ pruningId, result }) =>
          [
            `${pruningId}  ${count(Number(result?.flagged))} flags`,
            ...truthSaid(PruningReport.shape.truth.safeParse(result?.truth).data),
          ].join("  "),
      ),
    );
}

/** What the flags are worth, where the dataset bears true labels. */
function truthSaid(truth: PruningReport["truth"] | undefined): string[] {
  if (!truth) return [];
  const { precision, recall, averagePrecision } = truth;
  const auprc = averagePrecision?.normalizedMargin?.toFixed(3) ?? "n/a";
  return [`precision ${percent(precision)}`, `recall ${percent(recall)}`, `AUPRC ${auprc}`];
}
