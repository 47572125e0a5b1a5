import type { Route } from "../contract/route.js";

type Stream = ReadableStream<Uint8Array>;

/**
 * Bytes to send. A stream can be read only once, so a request with one is never repeated; with a
 * Blob, an array, or a function that opens the stream again, it is.
 */
export type Bytes = Blob | Uint8Array<ArrayBuffer> | Stream | (() => Stream);

/** What a request is made of, whatever its route. */
export interface RequestInput {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly bytes?: Bytes | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names a POST: the service does it once, however often it is sent. Default: a new one a call. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For each try, from its start to the last byte of the answer. */
  readonly timeoutMs?: number | undefined;
}

/** The route's path with its parameters filled in, and its query. */
export function pathOf(route: Route, { params = {}, query = {} }: RequestInput): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/** The headers of a request. A POST that must not run twice carries an idempotency key. */
export function headersOf(route: Route, input: RequestInput, apiKey: string | undefined) {
  const headers: Record<string, string> = { accept: "application/json, */*" };
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  if (route.idempotencyKey) {
    headers["idempotency-key"] = input.idempotencyKey ?? newIdempotencyKey();
  }
  if (input.body !== undefined) headers["content-type"] = "application/json";
  if (input.bytes !== undefined) headers["content-type"] = "application/octet-stream";
  return { ...headers, ...input.headers };
}

/** The body of one try. */
export function bodyOf({ body, bytes }: RequestInput): RequestInit {
  if (body !== undefined) return { body: JSON.stringify(body) };
  if (bytes === undefined) return {};
  const opened = typeof bytes === "function" ? bytes() : bytes;
  if (!(opened instanceof ReadableStream)) return { body: opened };
  // fetch asks for `duplex` with a stream, and the types do not know it yet.
  return { body: opened, duplex: "half" } as RequestInit;
}

/** Whether the request can be sent again. */
export const isRepeatable = ({ bytes }: RequestInput): boolean =>
  !(bytes instanceof ReadableStream);

/** A random UUID. `crypto.randomUUID` is not there on pages that were not served over https. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40; // version 4
  bytes[8] = (bytes[8]! & 0x3f) | 0x80; // variant of RFC 9562
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
