import type { Client } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import { openClient, printJson, type ServiceOptions } from "../options/options.js";
import { interruptible } from "../terminal/interrupt.js";
import { openSteps } from "../terminal/steps.js";
import { progressOf, watchJob } from "./watch-job.js";

export interface SubmitOptions extends ServiceOptions {
  readonly watch?: true;
  readonly json?: true;
}

/**
 * Posts a job and says its id; with `--watch` follows it to its end. Ctrl-C leaves the job running.
 * `submit` posts it, `made` names in one line what a finished job has made.
 */
export async function submitJob(
  name: string,
  options: SubmitOptions,
  submit: (client: Client, signal: AbortSignal) => Promise<Job>,
  made: (job: Job) => string,
): Promise<void> {
  await interruptible(async (signal) => {
    const client = openClient(options);
    let job = await submit(client, signal);
    if (!options.json) console.log(job.id);
    if (options.watch) {
      const steps = openSteps(process.stdout, options.json);
      job = await steps.run(name, async (tell) => {
        const value = await watchJob(client, job.id, signal, (now) => tell(progressOf(now)));
        return { said: made(value), value };
      });
    }
    if (options.json) printJson(job);
  });
}
