import { ConsensusReviews } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import { addServiceOptions, jsonOption } from "../options/service.js";
import { given } from "../options/values.js";
import { count } from "../terminal/text.js";

interface AgreeOptions extends SubmitOptions {
  readonly name?: string;
  readonly reviews?: ConsensusReviews;
}

/** `winnow agree CROSS_VALIDATION`: a dataset with the labels that annotators and a model agree on. */
export function addAgree(program: Command): void {
  const command = program
    .command("agree")
    .argument("<cross-validation>", "id of a cross-validation of the annotators' dataset, cv_...")
    .summary("derive the consensus of its annotators")
    .description(
      "derive a dataset whose labels are what its annotators and a model agree on, by CROWDLAB",
    )
    .option("--name <name>", "the new dataset's name")
    .addOption(
      new Option("--reviews <how>", "follow: reviews weigh as one more annotator").choices(
        ConsensusReviews.options,
      ),
    )
    .option("--watch", WATCH_HELP)
    .addOption(jsonOption());
  addServiceOptions(command).action((crossValidationId: string, options: AgreeOptions) =>
    submitJob(
      "consensus",
      options,
      async (client, signal) => {
        const run = await client.call("getCrossValidation", {
          params: { id: crossValidationId },
          signal,
        });
        const parent = await client.call("getDataset", { params: { id: run.datasetId }, signal });
        return client.call("createDatasetIngest", {
          body: {
            name: options.name ?? `${parent.name} (consensus)`.slice(0, 200),
            source: {
              type: "consensus",
              crossValidationId,
              ...given({ reviews: options.reviews }),
            },
          },
          signal,
        });
      },
      (job) => `${job.datasetId}  ${count(Number(job.result?.rows))} rows`,
    ),
  );
}
