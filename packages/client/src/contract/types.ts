// What the routes take and answer. These types come from the schemas of @winnow/contracts, of which
// nothing else is used here. The published package has the same types written out, so that it needs
// neither that package nor its schema library: infra/client writes them.
import type { JobValidation, ROUTES, Stream } from "@winnow/contracts";
import type { z } from "zod";

export type {
  CrossValidation,
  Dataset,
  DatasetClass,
  DatasetDiff,
  DatasetProfile,
  Flag,
  Fold,
  Job,
  JobEstimate,
  JobEvent,
  JobKind,
  JobState,
  JobValidation,
  Problem,
  Pruning,
  QueuedFlag,
  Reject,
  Review,
  ReviewAction,
  ReviewReport,
  ReviewResult,
  ReviewSample,
  Sample,
  Upload,
  UploadPreview,
  Verdict,
  Webhook,
} from "@winnow/contracts";

type Routes = typeof ROUTES;

export type RouteName = keyof Routes;

/** The schemas of a route's successes. */
type Successes<N extends RouteName> = Extract<
  Routes[N]["responses"][keyof Routes[N]["responses"]],
  z.ZodType
>;

/** Numbers in an address may also come as texts, which says nothing to a caller. */
type Sent<S extends z.ZodType, K extends keyof z.input<S>> = unknown extends z.input<S>[K]
  ? z.output<S>[K & keyof z.output<S>]
  : z.input<S>[K];

type ParamsOf<P extends z.ZodType> = { [K in keyof z.input<P>]-?: Sent<P, K> };

type QueryOf<Q extends z.ZodType> = { [K in keyof z.input<Q>]?: Sent<Q, K> | undefined };

/** Of each route: what it takes, `undefined` where it takes none, and what it answers. */
export type RouteTypes = {
  [N in RouteName]: {
    params: Routes[N] extends { params: infer P extends z.ZodType } ? ParamsOf<P> : undefined;
    query: Routes[N] extends { query: infer Q extends z.ZodType } ? QueryOf<Q> : undefined;
    body: Routes[N] extends { body: infer B extends z.ZodType } ? z.input<B> : undefined;
    answer: z.output<Successes<N>>;
    /** Whether it answers a stream of bytes. */
    streams: Successes<N> extends typeof Stream ? true : false;
    /** Whether it queues a job. */
    queues: Routes[N] extends { alsoAnswers: { 200: typeof JobValidation } } ? true : false;
  };
};
