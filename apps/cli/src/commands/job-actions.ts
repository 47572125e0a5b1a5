import type { Client } from "@winnow/client";
import { JOB_KINDS, type Job, type JobKind } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { followToReport } from "../jobs/follow-job.js";
import { type SubmitOptions, submitJob, WATCH_HELP } from "../jobs/submit-job.js";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { count } from "../terminal/text.js";

interface JobOptions extends ServiceOptions {
  readonly json?: true;
}

interface CancelOptions extends JobOptions {
  readonly state?: "queued" | "running";
  readonly kind?: JobKind;
  readonly dataset?: string;
  readonly crossValidation?: string;
  readonly createdBefore?: string;
  readonly dryRun?: true;
}

/** `winnow jobs wait|cancel|retry ID`. */
export function addJobActions(jobs: Command): void {
  const action = (name: string, description: string, argument = "<id>") =>
    addServiceOptions(
      jobs
        .command(name)
        .argument(argument, "id of the job, job_...")
        .description(description)
        .addOption(jsonOption()),
    );
  action("wait", "wait until a job has ended; fails unless it succeeds").action(
    (id: string, options: JobOptions) =>
      interruptible((signal) => waitFor(openClient(options), id, options, signal)),
  );
  action(
    "cancel",
    "cancel a job, or all queued and running ones that fit the options; what they have stored so far is kept for a retry",
    "[id]",
  )
    .addOption(new Option("--state <state>", "jobs in this state").choices(["queued", "running"]))
    .addOption(new Option("--kind <kind>", "jobs of this kind").choices(JOB_KINDS))
    .option("--dataset <id>", "jobs that read or create this dataset, ds_...")
    .option("--cross-validation <id>", "jobs that read or create this cross-validation, cv_...")
    .option("--created-before <time>", "jobs created before this time, RFC 3339 in UTC")
    .option("--dry-run", "only count the jobs that fit the options")
    .action((id: string | undefined, options: CancelOptions) =>
      interruptible((signal) =>
        id === undefined ? cancelAll(options, signal) : cancel(id, options, signal),
      ),
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

/** Repeats the call, which cancels a limited number of jobs, until none is left. */
async function cancelAll(options: CancelOptions, signal: AbortSignal): Promise<void> {
  const { dryRun } = options;
  const body = filterOf(options);
  if (Object.keys(body).length === 0) {
    throw new CliError("id-missing", "Name a job, or which jobs: --state, --kind, --dataset, ...");
  }
  const client = openClient(options);
  const query = { validateOnly: dryRun ? ("true" as const) : ("false" as const) };
  const all = { matched: 0, cancelled: 0, cancelling: 0, ended: 0 };
  for (let isFirst = true; ; isFirst = false) {
    const report = await client.call("cancelJobs", { body, query, signal });
    if (isFirst) all.matched = report.matched;
    for (const key of ["cancelled", "cancelling", "ended"] as const) all[key] += report[key];
    if (dryRun || report.remaining === 0) break;
  }
  if (options.json) return printJson(all);
  const said = dryRun
    ? "would be cancelled"
    : `${count(all.cancelled)} cancelled, ${count(all.cancelling)} cancelling`;
  print(`${count(all.matched)} ${all.matched === 1 ? "job" : "jobs"}: ${said}`);
}

const filterOf = ({ state, kind, dataset, crossValidation, createdBefore }: CancelOptions) =>
  given({ state, kind, datasetId: dataset, crossValidationId: crossValidation, createdBefore });

async function cancel(id: string, options: CancelOptions, signal: AbortSignal): Promise<void> {
  if (options.dryRun || Object.keys(filterOf(options)).length > 0) {
    throw new CliError("id-and-filter", "Name a job, or options that say which jobs; not both.");
  }
  const job = await openClient(options).call("cancelJob", { params: { id }, signal });
  if (options.json) return printJson(job);
  print(`${job.id}  ${SAID[job.state] ?? `has already ended: ${job.state}`}`);
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
