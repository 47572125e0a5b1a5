import type { Client } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import { openClient, type ServiceOptions } from "../options/service.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { followToReport } from "./follow-job.js";

export interface SubmitOptions extends ServiceOptions {
  readonly watch?: true;
  readonly json?: true;
}

/** The help of `--watch`. */
export const WATCH_HELP = "wait until the job has ended, and report its result";

/**
 * Posts a job and prints its id; with `--watch` follows it to its end. Ctrl-C leaves the job running.
 * `submit` posts it, `summarize` says what the job has made, its parts two blanks apart. A pruning
 * that the job was asked for in advance is followed as well, and reported.
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
    if (!options.json) print(job.id);
    if (options.watch) {
      job = await followToReport(client, job.id, { name, summarize, json: options.json, signal });
    }
    if (options.json) printJson(job);
  });
}
