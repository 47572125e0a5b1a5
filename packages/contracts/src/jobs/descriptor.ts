import type { z } from "zod";
import type { ErrorCode } from "../errors/error-catalogue.js";

export const WORKER_ROLES = ["cpu", "trainer", "orchestrator"] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];
/** The roles that take tasks off queues. */
export type TaskRole = Exclude<WorkerRole, "orchestrator">;

/** What a job reads. All of it has to stay until the job has ended. */
export interface JobInputs {
  readonly uploads?: readonly string[];
  readonly datasets?: readonly string[];
  readonly crossValidations?: readonly string[];
  readonly prunings?: readonly string[];
  /** Folders below MODELS_DIR. */
  readonly checkpoints?: readonly string[];
}

/** What a job makes: the row is written with the job, and becomes ready when the job succeeds. */
export type JobResource = "dataset" | "cross-validation" | "pruning";

/** One kind of unit on a queue. */
export interface TaskDescriptor<P> {
  /** Every queue that such tasks are put on, and the role of the workers that consume it. */
  readonly queues: Readonly<Record<string, TaskRole>>;
  /** The role that takes such tasks where no worker of the queues' own role runs. */
  readonly standIn?: TaskRole;
  /** The queue for the tasks of a job with these parameters. */
  queueOf(params: P): string;
}

/** Another route for the POST of a kind, beside its resource. */
export interface JobAlias {
  readonly route: string;
  readonly path: string;
}

/**
 * Everything that the shared code has to know of a kind of job. A kind also has a creator in the
 * store, a handler for each task kind in the worker and an estimate in the API. Only their tables
 * name it, and the command line's own commands.
 */
export interface JobDescriptor<S extends z.ZodType = z.ZodType, T extends string = string> {
  /** What the POST does, for the API's documentation. */
  readonly summary: string;
  readonly alias?: JobAlias;
  /** The body of the POST. */
  readonly params: S;
  /** The most bytes of the body; without it `BODY_BYTES.plain`. */
  readonly maxBodyBytes?: number;
  /** Problems that its POST can answer, besides those of every POST of a job. */
  readonly refusals?: readonly ErrorCode[];
  /** The one place that says what a job reads; retries, retention and deletions ask it. */
  inputsOf(params: z.output<S>): JobInputs;
  readonly makes: JobResource | null;
  readonly progressUnit: string;
  /** It queues jobs of its own, which its first task plans: a retry plans again. */
  readonly hasChildren?: true;
  /** A task fails after this many failed attempts. */
  readonly attempts: number;
  /** What the job's error is when the cause is a fault of ours, which only the log describes. */
  readonly faultCode: Extract<ErrorCode, "internal" | "training-failed">;
  /** The first one is the kind of a job's task where the creator names none. */
  readonly tasks: Readonly<Record<T, TaskDescriptor<z.output<S>>>>;
}

/** Checks a descriptor, and keeps the types of its parameters and task kinds. */
export const defineJob = <S extends z.ZodType, T extends string, const A extends JobAlias = never>(
  job: Omit<JobDescriptor<S, T>, "alias"> & { readonly alias?: A },
): Omit<JobDescriptor<S, T>, "alias"> & { readonly alias?: A } => job;

/** Tasks that all go to one queue, whatever the parameters say. */
export const onQueue = (
  queue: string,
  role: TaskRole,
  { standIn }: Pick<TaskDescriptor<unknown>, "standIn"> = {},
): TaskDescriptor<unknown> => ({
  queues: { [queue]: role },
  ...(standIn && { standIn }),
  queueOf: () => queue,
});
