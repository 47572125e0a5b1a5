import type { Client } from "@winnow/client";
import { type Job, Warning } from "@winnow/contracts";
import { z } from "zod";
import { Interrupted } from "../terminal/failure.js";
import type { Steps } from "../terminal/steps.js";
import { columnsOf, count } from "../terminal/text.js";
import { warningLines } from "../terminal/warnings.js";
import { progressOf, watchJob } from "./watch-job.js";

/** A job that is followed on a service that goes on without the command. */
export interface Followed {
  readonly client: Client;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/**
 * Shows a job as a step until it has succeeded. Throws CliError with its code when it failed or was
 * cancelled; Ctrl-C ends the display alone and says so. The warnings of its result follow.
 */
export async function followJob(
  { client, steps, signal }: Followed,
  name: string,
  id: string,
  summarize: (job: Job) => string,
): Promise<Job> {
  const job = await steps.run(name, async (report) => {
    try {
      const value = await watchJob(client, id, signal, (now) => report(progressOf(now)));
      return { summary: summarize(value), value };
    } catch (error) {
      throw signal.reason instanceof Interrupted ? goingOn(signal.reason, id) : error;
    }
  });
  const width = columnsOf(process.stdout);
  for (const warning of warningsOf(job)) {
    for (const line of warningLines(warning, width)) steps.print(line);
  }
  return job;
}

function warningsOf({ result }: Job): Warning[] {
  return z.array(Warning).safeParse(result?.warnings).data ?? [];
}

/**
 * Follows the pruning that a job was asked for in advance, if there is one: what comes next often
 * reads it, and an export of an unfinished one is refused.
 */
export async function followPruning(followed: Followed, { result }: Job): Promise<Job | undefined> {
  const id = result?.pruningJobId;
  if (typeof id !== "string") return undefined;
  return followJob(followed, "pruning", id, flagsOf);
}

/** What a pruning's job has made. */
export const flagsOf = (job: Job): string => `${count(Number(job.result?.flagged))} labels flagged`;

const goingOn = ({ signal }: Interrupted, id: string) =>
  new Interrupted(signal, [
    "The job goes on; only its display has ended.",
    `To follow it: winnow jobs wait ${id}`,
    `To stop it: winnow jobs cancel ${id}`,
  ]);
