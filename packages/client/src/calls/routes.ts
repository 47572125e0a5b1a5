import type { JobValidation, ROUTES, RouteName, Stream } from "@winnow/contracts";
import type { z } from "zod";

type Routes = typeof ROUTES;

/** The schemas of a route's successes. */
type Successes<N extends RouteName> = Extract<
  Routes[N]["responses"][keyof Routes[N]["responses"]],
  z.ZodType
>;

/** Routes that answer a stream: `download` calls them. */
export type DownloadRoute = {
  [N in RouteName]: Successes<N> extends typeof Stream ? N : never;
}[RouteName];

/** Routes that take bytes: `upload` and `appendUpload` call them. */
export type UploadRoute = "createUpload" | "appendUpload";

/** Routes that take and answer JSON: `call` calls them. */
export type JsonRoute = Exclude<RouteName, DownloadRoute | UploadRoute>;

/** Routes that queue a job: `validate` asks what it would take, without queueing it. */
export type JobRoute = {
  [N in JsonRoute]: Routes[N] extends { alsoAnswers: { 200: typeof JobValidation } } ? N : never;
}[JsonRoute];

/** Lists in pages, with a cursor: `allItems` reads them to the end. */
export type ListRoute = {
  [N in JsonRoute]: Routes[N] extends { query: { shape: { cursor: z.ZodType } } } ? N : never;
}[JsonRoute];

/** What every call may name besides what its route takes. */
export interface CallOptions {
  /** Ends the call; it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Names a POST: the service does it once, however often it is sent. Default: a new one a call. */
  readonly idempotencyKey?: string | undefined;
}

/** What a route takes: its path's parameters, its query and its body, as far as it has them. */
export type CallInput<N extends RouteName> = (Routes[N] extends {
  params: infer P extends z.ZodType;
}
  ? { params: z.input<P> }
  : { params?: never }) &
  (Routes[N] extends { query: infer Q extends z.ZodType }
    ? {
        query?: N extends JobRoute
          ? Omit<Partial<z.input<Q>>, "validateOnly">
          : Partial<z.input<Q>>;
      }
    : { query?: never }) &
  (Routes[N] extends { body: infer B extends z.ZodType }
    ? { body: z.input<B> }
    : { body?: never }) &
  CallOptions;

/** What a route returns when it succeeds, by its schema. */
export type CallOutput<N extends RouteName> = z.output<Successes<N>>;

/** One item of a list. */
export type ItemOf<N extends ListRoute> = CallOutput<N> extends { data: (infer T)[] } ? T : never;

/** The arguments of a call: no input has to be given where the route needs none. */
export type InputOf<T> = Record<never, never> extends T ? [input?: T] : [input: T];
