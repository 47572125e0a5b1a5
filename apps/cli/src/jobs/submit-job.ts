import type { Client } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import { openClient, type ServiceOptions } from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps, type Steps } from "../terminal/steps.js";
import { count } from "../terminal/text.js";
import { progressOf, watchJob } from "./watch-job.js";

export interface SubmitOptions extends ServiceOptions {
  readonly watch?: true;
  readonly json?: true;
}

/** The help of `--watch`. */
export const WATCH_HELP = "wait until the job has ended, and report its result";

/**
 * Posts a job and prints its id; with `--watch` follows it to its end. Ctrl-C leaves the job running.
 * `submit` posts it, `summarize` says in one line what the job has made. A pruning that the job was
 * asked for in advance is followed as well.
 */
export async function submitJob(
  name: string,
  options: SubmitOptions,
  submit: (client: Client, signal: AbortSignal) => Promise<Job>,
  summarize: (job: Job) => string,
): Promise<void> {
  await interruptible(async (signal) => {
    const client = openClient(options);
    let job = await submit(client, signal);
    if (!options.json) console.log(job.id);
    if (options.watch) {
      const steps = openSteps(process.stdout, options.json);
      job = await steps.run(name, async (report) => {
        const value = await watchJob(client, job.id, signal, (now) => report(progressOf(now)));
        return { summary: summarize(value), value };
      });
      await watchPruning(client, job, steps, signal);
    }
    if (options.json) printJson(job);
  });
}

/** What comes next often reads the pruning: an export of an unfinished one is refused. */
async function watchPruning(client: Client, { result }: Job, steps: Steps, signal: AbortSignal) {
  const id = result?.pruningJobId;
  if (typeof id !== "string") return;
  await steps.run("pruning", async (report) => {
    const value = await watchJob(client, id, signal, (now) => report(progressOf(now)));
    return { summary: `${count(Number(value.result?.flagged))} labels flagged`, value };
  });
}
