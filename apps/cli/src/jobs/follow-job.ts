import type { Client } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import { pruningLines, readPruningReport } from "../report/pruning-report.js";
import { WORST_ROWS } from "../report/worst-lines.js";
import { Interrupted } from "../terminal/failure.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { openSteps, type Steps } from "../terminal/steps.js";
import { columnsOf, count } from "../terminal/text.js";
import { printWarnings } from "./print-warnings.js";
import { progressOf, watchJob } from "./watch-job.js";

interface FollowOptions {
  /** The step's name. */
  readonly name: string;
  /** What the job has made; its parts stand two blanks apart. */
  readonly summarize: (job: Job) => string;
  /** Shows nothing. */
  readonly json?: true | undefined;
  readonly signal: AbortSignal;
}

/**
 * Follows a job until it has succeeded, then a pruning that it was asked for in advance: what comes
 * next often reads it, and an export of an unfinished one is refused. Ends with the pruning's
 * report. Throws CliError with the job's code when it failed or was cancelled; Ctrl-C ends the
 * display alone and says so.
 */
export async function followToReport(
  client: Client,
  id: string,
  { name, summarize, json, signal }: FollowOptions,
): Promise<Job> {
  const followed = { client, steps: openSteps(process.stdout, json), signal };
  const job = await followJob(followed, name, id, summarize);
  const next = job.result?.pruningJobId;
  const pruning =
    typeof next === "string" ? await followJob(followed, "pruning", next, flagsOf) : job;
  if (pruning.kind === "pruning" && pruning.pruningId !== null && !json) {
    const report = await readPruningReport(client, pruning.pruningId, WORST_ROWS, signal);
    const lines = pruningLines(report, columnsOf(process.stdout), COLORS);
    print(["", ...lines].join("\n"));
  }
  return job;
}

interface Followed {
  readonly client: Client;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** Shows a job as a step until it has succeeded. The warnings of its result follow. */
async function followJob(
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
  printWarnings(job, steps);
  return job;
}

const flagsOf = ({ result }: Job): string => `${count(Number(result?.flagged))} labels flagged`;

const goingOn = ({ signal }: Interrupted, id: string) =>
  new Interrupted(signal, [
    "The job goes on; only its display has ended.",
    `To follow it: winnow jobs wait ${id}`,
    `To stop it: winnow jobs cancel ${id}`,
  ]);
