import { type Client, waitForJob } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import { CliError } from "../terminal/failure.js";
import type { StepProgress } from "../terminal/progress-bar.js";
import { count, duration } from "../terminal/text.js";

/**
 * Follows a job to its end and returns it succeeded. A service that does not answer is asked again
 * for a minute. Throws CliError with the job's own code when it failed or was cancelled.
 */
export async function watchJob(
  client: Client,
  id: string,
  signal: AbortSignal,
  onUpdate: (job: Job) => void,
): Promise<Job> {
  return succeeded(await waitForJob(client, id, { signal, onUpdate }));
}

function succeeded(job: Job): Job {
  if (job.state === "succeeded") return job;
  if (job.error === null) throw new CliError(job.state, `The job ${job.id} was ${job.state}.`);
  const { code, detail, errors } = job.error;
  const places = errors.filter((place) => place.line !== undefined).map((place) => place.detail);
  throw new CliError(code, [`The job ${job.id} failed: ${detail}`, ...places].join("\n"));
}

/** How far a job is, for a progress bar. */
export function progressOf(job: Job): StepProgress {
  const { done, total, unit } = job.progress;
  const share = total ? done / total : 0;
  const folds = job.tasks.filter(({ fold }) => fold !== null);
  const ended = folds.filter(({ state }) => state === "succeeded").length;
  const isWaiting = job.state === "queued";
  const left = job.etaSeconds === null ? null : `${roughly(job.etaSeconds)} left`;
  // The most important first: a narrow terminal cuts the rest.
  const parts = [
    isWaiting
      ? "waiting for a worker"
      : (left ?? PHASES[job.phase ?? ""] ?? job.phase ?? "starting"),
    total && unit !== "bytes" ? `${count(Math.round(done))} of ${count(total)} ${unit}` : "",
    folds.length > 0 ? `${ended} of ${folds.length} folds` : "",
  ].filter((part) => part !== "");
  return { share, text: parts.join(" · ") };
}

/** What a phase is waiting for, where its name alone does not say it. */
const PHASES: Readonly<Record<string, string>> = {
  preparing: "preparing: texts, model, first batch",
};

const roughly = (seconds: number): string =>
  seconds < 100 ? `${Math.ceil(seconds)} s` : duration(seconds * 1000);
