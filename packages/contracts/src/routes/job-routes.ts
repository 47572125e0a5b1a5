import { z } from "zod";
import type { ErrorCode } from "../errors/error-catalogue.js";
import { describeJob, JOB_KINDS, type JobKind } from "../jobs/kinds.js";
import type { JOBS } from "../jobs/table.js";
import { Job, JobValidation } from "../resources/jobs.js";

/** On the POSTs that queue a job. */
export const NewJobQuery = z.strictObject({
  validateOnly: z.enum(["true", "false"]).default("false").meta({
    description: "true checks the request and estimates its cost (200) without queueing a job",
  }),
});

type PascalCase<S extends string> = S extends `${infer Word}-${infer Rest}`
  ? `${Capitalize<Word>}${PascalCase<Rest>}`
  : Capitalize<S>;

/** `fold-training` is made by the route `createFoldTraining`. */
export type JobRouteName<K extends JobKind = JobKind> = `create${PascalCase<K>}`;

export const jobRouteName = <K extends JobKind>(kind: K) =>
  `create${kind.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}` as JobRouteName<K>;

/** What the POST of any kind can answer besides what the kind names. */
const JOB_REFUSALS: readonly ErrorCode[] = ["quota-exceeded"];

/** A retry can answer what the POST of its job could. */
export const RETRY_REFUSALS: readonly ErrorCode[] = [
  "job-not-retryable",
  ...JOB_REFUSALS,
  ...JOB_KINDS.flatMap((kind) => describeJob(kind).refusals ?? []),
];

const jobRoute = <K extends JobKind>(kind: K) => ({
  method: "POST" as const,
  path: `/v1/jobs/${kind}` as const,
  scope: "write" as const,
  ofOwner: true as const,
  idempotencyKey: true as const,
  summary: describeJob(kind).summary,
  query: NewJobQuery,
  body: describeJob(kind).params as (typeof JOBS)[K]["params"],
  ...maxBodyBytesOf(kind),
  responses: { 202: Job },
  alsoAnswers: { 200: JobValidation },
  refusals: [...JOB_REFUSALS, ...(describeJob(kind).refusals ?? [])],
});

function maxBodyBytesOf(kind: JobKind): { readonly maxBodyBytes?: number } {
  const { maxBodyBytes } = describeJob(kind);
  return maxBodyBytes === undefined ? {} : { maxBodyBytes };
}

type AliasOf<K extends JobKind> = NonNullable<(typeof JOBS)[K]["alias"]>;

/** The other routes of those kinds that have one. */
export type JobAliasName<K extends JobKind = JobKind> = K extends JobKind
  ? AliasOf<K>["route"]
  : never;

export const JOB_ALIAS_ROUTES = Object.fromEntries(
  JOB_KINDS.flatMap((kind) => {
    const { alias, summary } = describeJob(kind);
    if (!alias) return [];
    const same = `${summary}; the same as POST /v1/jobs/${kind}`;
    return [[alias.route, { ...jobRoute(kind), path: alias.path, summary: same }]];
  }),
) as {
  readonly [K in JobKind as AliasOf<K>["route"]]: Omit<ReturnType<typeof jobRoute<K>>, "path"> & {
    readonly path: AliasOf<K>["path"];
  };
};

/** POST /v1/jobs/<kind> of every kind. */
export const JOB_ROUTES = Object.fromEntries(
  JOB_KINDS.map((kind) => [jobRouteName(kind), jobRoute(kind)]),
) as { readonly [K in JobKind as JobRouteName<K>]: ReturnType<typeof jobRoute<K>> };
