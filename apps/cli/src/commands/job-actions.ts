import type { Client } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import type { Command } from "commander";
import { followToReport } from "../jobs/follow-job.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { printJson } from "../terminal/print-json.js";

interface JobOptions extends ServiceOptions {
  readonly json?: true;
}

/** `winnow jobs wait|cancel|retry ID`. */
export function addJobActions(jobs: Command): void {
  const action = (name: string, description: string) =>
    addServiceOptions(
      jobs
        .command(name)
        .argument("<id>", "id of the job, job_...")
        .description(description)
        .addOption(jsonOption()),
    );
  action("wait", "wait until a job has ended; fails unless it succeeds").action(
    (id: string, options: JobOptions) =>
      interruptible((signal) => waitFor(openClient(options), id, options, signal)),
  );
  action("cancel", "cancel a job; what it has stored so far is kept for a retry").action(
    (id: string, options: JobOptions) => interruptible((signal) => cancel(id, options, signal)),
  );
  action("retry", "retry a failed or cancelled job as a new one, which keeps finished folds")
    .option("--watch", WATCH_HELP)
    .action((id: string, options: SubmitOptions) =>
      submitJob(
        "job",
        options,
        (client, signal) => client.call("retryJob", { params: { id }, signal }),
        summaryOf,
      ),
    );
}

/** Follows a job, and a pruning that it queues, until both have succeeded; reports the pruning. */
export async function waitFor(
  client: Client,
  id: string,
  { json }: { readonly json?: true },
  signal: AbortSignal,
): Promise<void> {
  const job = await followToReport(client, id, { name: "job", summarize: summaryOf, json, signal });
  if (json) printJson(job);
}

async function cancel(id: string, options: JobOptions, signal: AbortSignal): Promise<void> {
  const job = await openClient(options).call("cancelJob", { params: { id }, signal });
  if (options.json) return printJson(job);
  console.log(`${job.id}  ${SAID[job.state] ?? `has already ended: ${job.state}`}`);
}

const SAID: Partial<Record<Job["state"], string>> = {
  cancelled: "cancelled",
  cancelling: "cancelling: its running tasks stop within seconds",
};

/** A job of any kind, and what it has made. */
const summaryOf = ({ kind, state, datasetId, crossValidationId, pruningId }: Job): string =>
  [`${kind} ${state}`, pruningId ?? crossValidationId ?? datasetId]
    .filter((part) => part !== null)
    .join("  ");
