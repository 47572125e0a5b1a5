import type { RouteName, RouteTypes } from "../contract/types.js";

/** Routes that answer a stream: `download` calls them. */
export type DownloadRoute = {
  [N in RouteName]: RouteTypes[N]["streams"] extends true ? N : never;
}[RouteName];

/** Routes that take bytes: `upload` and `appendUpload` call them. */
export type UploadRoute = "createUpload" | "appendUpload";

/** Routes that take and answer JSON: `call` calls them. */
export type JsonRoute = Exclude<RouteName, DownloadRoute | UploadRoute>;

/** Routes that queue a job: `validate` asks what it would take, without queueing it. */
export type JobRoute = {
  [N in JsonRoute]: RouteTypes[N]["queues"] extends true ? N : never;
}[JsonRoute];

/** Lists in pages, with a cursor: `allItems` reads them to the end. */
export type ListRoute = {
  [N in JsonRoute]: "cursor" extends keyof NonNullable<RouteTypes[N]["query"]> ? N : never;
}[JsonRoute];

/** What every call may name besides what its route takes. */
export interface CallOptions {
  /** Ends the call; it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Names a POST: the service does it once, however often it is sent. Default: a new one a call. */
  readonly idempotencyKey?: string | undefined;
}

/** What a route takes: its path's parameters, its query and its body, as far as it has them. */
export type CallInput<N extends RouteName> = Part<"params", RouteTypes[N]["params"]> &
  (undefined extends RouteTypes[N]["query"]
    ? { query?: never }
    : {
        query?: N extends JobRoute
          ? Omit<RouteTypes[N]["query"], "validateOnly">
          : RouteTypes[N]["query"];
      }) &
  Part<"body", RouteTypes[N]["body"]> &
  CallOptions;

type Part<Name extends string, T> = [T] extends [undefined]
  ? { [K in Name]?: never }
  : { [K in Name]: T };

/** What a route returns when it succeeds, by its schema. */
export type CallOutput<N extends RouteName> = RouteTypes[N]["answer"];

/** One item of a list. */
export type ItemOf<N extends ListRoute> = CallOutput<N> extends { data: (infer T)[] } ? T : never;

/** The arguments of a call: no input has to be given where the route needs none. */
export type InputOf<T> = Record<never, never> extends T ? [input?: T] : [input: T];
