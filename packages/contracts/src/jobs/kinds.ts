import { z } from "zod";
import type { JobDescriptor, JobInputs, TaskDescriptor, TaskRole } from "./descriptor.js";
import { JOBS } from "./table.js";

export type JobKind = keyof typeof JOBS;
export const JOB_KINDS = Object.keys(JOBS) as JobKind[];
export const JobKind = z.enum(JOB_KINDS).meta({ id: "JobKind" });
export type JobParams<K extends JobKind> = z.output<(typeof JOBS)[K]["params"]>;

/** Task kinds are unique among all kinds of job, so a row of `tasks` names only its task kind. */
export type TaskKind = { [K in JobKind]: keyof (typeof JOBS)[K]["tasks"] & string }[JobKind];

const TASKS: Readonly<Record<string, TaskDescriptor<unknown>>> = Object.fromEntries(
  Object.values<JobDescriptor>(JOBS).flatMap(({ tasks }) => Object.entries(tasks)),
);
export const TASK_KINDS = Object.keys(TASKS) as TaskKind[];

/** Every queue, with the role of the workers that consume it. */
export const QUEUES: ReadonlyMap<string, TaskRole> = new Map(
  Object.values(TASKS).flatMap(({ queues }) => Object.entries(queues)),
);

/** The queues that a role takes from where no worker of their own role runs. */
export const queuesStoodInBy = (role: TaskRole): string[] =>
  Object.values(TASKS).flatMap(({ queues, standIn }) =>
    standIn === role ? Object.keys(queues) : [],
  );

/** What is known of a kind, whichever it is. */
export const describeJob = (kind: JobKind): JobDescriptor => JOBS[kind];

/** The kind of a job's task where its creator names none. */
export const firstTaskOf = (kind: JobKind): TaskKind =>
  (Object.keys(describeJob(kind).tasks) as TaskKind[])[0]!;

/** Whether this program knows the task kind; one that a newer program queued it may not. */
export const isTaskKind = (kind: string): kind is TaskKind => Object.hasOwn(TASKS, kind);

/** The queue of a task, by the parameters of its job. */
export function queueOf(task: TaskKind, params: unknown): string {
  const descriptor = TASKS[task];
  if (!descriptor) throw new Error(`there is no task kind ${task}`);
  return descriptor.queueOf(params);
}

/** What a job reads, by its parameters as they were parsed. */
export const inputsOf = (kind: JobKind, params: unknown): JobInputs =>
  describeJob(kind).inputsOf(params);
