import type { Client } from "@winnow/client";
import { JOB_KINDS, JOB_STATES, type Job, type JobKind, type JobState } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { progressOf } from "../jobs/watch-job.js";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { given, wholeNumber } from "../options/values.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { table } from "../terminal/table.js";
import { age, widthOf } from "../terminal/text.js";
import { addJobActions, waitFor } from "./job-actions.js";

interface JobsOptions extends ServiceOptions {
  readonly state?: JobState;
  readonly kind?: JobKind;
  readonly limit: number;
  readonly watch?: true;
  readonly json?: true;
}

/**
 * `winnow jobs [ID]`: the newest jobs, or one of them; with `--watch` until it ends.
 * `winnow jobs wait|cancel|retry ID`.
 */
export function addJobs(program: Command): void {
  const command = program
    .command("jobs")
    .argument("[id]", "id of a job, job_...")
    .summary("list, follow, cancel and retry jobs")
    .description("list jobs, show one, or follow it to its end; cancel or retry one")
    .helpCommand("help [command]", "print a command's help")
    .enablePositionalOptions()
    .addOption(new Option("--state <state>", "only jobs in this state").choices(JOB_STATES))
    .addOption(new Option("--kind <kind>", "only jobs of this kind").choices(JOB_KINDS))
    .option("--limit <n>", "how many jobs at most", wholeNumber(1, 1000), 20)
    .option("--watch", "follow the job to its end")
    .addOption(jsonOption());
  addServiceOptions(command).action((id: string | undefined, options: JobsOptions) =>
    interruptible(async (signal) => {
      const client = openClient(options);
      if (id === undefined) await list(client, options, signal);
      else if (options.watch) await waitFor(client, id, options, signal);
      else await show(client, id, options, signal);
    }),
  );
  addJobActions(command);
}

async function list(client: Client, options: JobsOptions, signal: AbortSignal): Promise<void> {
  if (options.watch) {
    throw new CliError("id-missing", "--watch follows one job; name its id.");
  }
  const { state, kind, limit } = options;
  const page = await client.call("listJobs", {
    query: { limit, ...given({ state, kind }) },
    signal,
  });
  if (options.json) return printJson(page);
  const head = ["job", "kind", "state", "age"].map((name) => COLORS.dim(name));
  const rows = page.data.map((job) => [
    job.id,
    job.kind,
    job.state === "running" ? `${coloured(job)} ${shareOf(job)}` : coloured(job),
    age(Date.now() - Date.parse(job.createdAt)),
  ]);
  const lines = table([head, ...rows], { width: widthOf(process.stdout) });
  print(rows.length === 0 ? "no jobs" : lines.join("\n"));
  if (page.hasMore) print(COLORS.dim(`only the newest ${limit}; --limit shows more`));
}

async function show(client: Client, id: string, { json }: JobsOptions, signal: AbortSignal) {
  const job = await client.call("getJob", { params: { id }, signal });
  if (json) return printJson(job);
  const lines = [
    ["id", job.id],
    ["kind", job.kind],
    ["state", coloured(job)],
    ["progress", progressOf(job).text || shareOf(job)],
    ["dataset", job.datasetId],
    ["cross-validation", job.crossValidationId],
    ["pruning", job.pruningId],
    ["created", job.createdAt],
    ["finished", job.finishedAt],
    ["error", job.error === null ? null : `${job.error.code}: ${job.error.detail}`],
  ].flatMap(([name, value]) => (name && value ? [[name, value]] : []));
  print(table(lines).join("\n"));
}

function coloured({ state }: Job): string {
  if (state === "succeeded") return COLORS.green(state);
  return state === "failed" ? COLORS.red(state) : COLORS.yellow(state);
}

const shareOf = ({ progress: { done, total } }: Job): string =>
  total ? `${Math.floor((100 * done) / total)} %` : "";
