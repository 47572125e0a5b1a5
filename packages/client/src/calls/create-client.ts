/**
 * The client of the HTTP contract.
 *
 * Decision: nothing here is generated into files. `ROUTES` in @winnow/contracts is the one list from
 * which the API registers its routes, OpenAPI is written, and this client takes its paths, its types
 * and its checks of what comes back. A route added there can be called here at once; one that changes
 * breaks the compiler at each of its callers. The price: the client needs zod at run time.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem, ROUTES, type Route, type RouteName } from "@winnow/contracts";
import type { z } from "zod";

type Routes = typeof ROUTES;

/** What a route takes: its path's parameters, its query and its body, as far as it has them. */
export type CallInput<N extends RouteName> = (Routes[N] extends {
  params: infer P extends z.ZodType;
}
  ? { params: z.input<P> }
  : { params?: never }) &
  (Routes[N] extends { query: infer Q extends z.ZodType }
    ? { query?: Partial<z.input<Q>> }
    : { query?: never }) &
  (Routes[N] extends { body: infer B extends z.ZodType }
    ? { body: z.input<B> }
    : { body?: never }) & { signal?: AbortSignal };

/** What a route answers when it succeeds, after its schema. */
export type CallOutput<N extends RouteName> = z.output<
  Extract<Routes[N]["responses"][keyof Routes[N]["responses"]], z.ZodType>
>;

type NoNeed<T> = Record<never, never> extends T ? [input?: T] : [input: T];

/** A service at one address. Every method throws ApiError or UnreachableError. */
export interface Client {
  readonly url: string;
  /** Calls a route that answers JSON. */
  call<N extends RouteName>(route: N, ...input: NoNeed<CallInput<N>>): Promise<CallOutput<N>>;
  /** Calls a route that answers a stream; the caller must read or cancel it. */
  download<N extends RouteName>(
    route: N,
    ...input: NoNeed<CallInput<N>>
  ): Promise<ReadableStream<Uint8Array>>;
  /** Stores a file's bytes. `body` is read once. */
  upload(
    body: ReadableStream<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<CallOutput<"createUpload">>;
}

/** A problem that the service answered. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** Nobody answers at the address, or the answer is none of the contract's. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

const triesMs = [200, 800];

export interface ClientOptions {
  /** Sent with every request: `wn_...`. */
  readonly apiKey?: string | undefined;
}

/** A client of the service at `url`, e.g. `http://127.0.0.1:8080`. */
export function createClient(url: string, { apiKey }: ClientOptions = {}): Client {
  const base = url.replace(/\/+$/, "");
  const send = (name: RouteName, input: AnyInput, body?: ReadableStream<Uint8Array>) =>
    exchange(base, apiKey, ROUTES[name], input, body);
  return {
    url: base,
    async call(name, ...[input]) {
      const response = await send(name, (input ?? {}) as AnyInput);
      return parseBody(base, ROUTES[name], response) as never;
    },
    async download(name, ...[input]) {
      const { body } = await send(name, (input ?? {}) as AnyInput);
      if (body === null) throw new UnreachableError(`${base} answered ${name} without a body.`);
      return body;
    },
    async upload(body, signal) {
      const response = await send("createUpload", signal ? { signal } : {}, body);
      return (await parseBody(base, ROUTES.createUpload, response)) as never;
    },
  };
}

interface AnyInput {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sends a request, again when it is safe: POSTs bear a key under which the service does them once. */
async function exchange(
  base: string,
  apiKey: string | undefined,
  route: Route,
  input: AnyInput,
  stream: ReadableStream<Uint8Array> | undefined,
): Promise<Response> {
  const address = `${base}${pathOf(route, input)}`;
  const headers: Record<string, string> = { accept: "application/json, */*" };
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  if (route.method === "POST") headers["idempotency-key"] = randomUUID();
  if (input.body !== undefined) headers["content-type"] = "application/json";
  if (stream !== undefined) headers["content-type"] = "application/octet-stream";
  const request = {
    method: route.method,
    headers,
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    ...(stream === undefined ? {} : { body: stream, duplex: "half" as const }),
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  };
  for (let failures = 0; ; failures += 1) {
    const pauseMs = stream === undefined ? triesMs[failures] : undefined;
    try {
      const response = await fetch(address, request);
      if (response.status in route.responses) return response;
      const error = await problemIn(base, route, response);
      if (pauseMs === undefined || response.status !== 503) throw error;
    } catch (error) {
      if (error instanceof ApiError || error instanceof UnreachableError) throw error;
      if (input.signal?.aborted || pauseMs === undefined) throw unreachable(base, error);
    }
    await sleep(pauseMs, undefined, input.signal ? { signal: input.signal } : {});
  }
}

function pathOf(route: Route, { params = {}, query = {} }: AnyInput): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

async function parseBody(base: string, route: Route, response: Response): Promise<unknown> {
  const schema = route.responses[response.status];
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  const parsed = schema?.safeParse(body);
  if (parsed?.success) return parsed.data;
  const why = parsed === undefined ? `status ${response.status}` : parsed.error.issues[0]?.message;
  throw new UnreachableError(
    `${base} answered ${route.method} ${route.path} with what this version does not know (${why}). Are command and service of one version?`,
  );
}

async function problemIn(base: string, route: Route, response: Response): Promise<Error> {
  const problem = Problem.safeParse(await response.json().catch(() => null));
  if (problem.success) return new ApiError(problem.data);
  return new UnreachableError(
    `${base} answered ${route.method} ${route.path} with status ${response.status}. Is it a Winnow service?`,
  );
}

function unreachable(base: string, error: unknown): Error {
  if (error instanceof Error && error.name === "AbortError") return error;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new UnreachableError(`${base} cannot be reached: ${why}`, { cause: error });
}
