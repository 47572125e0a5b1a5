import type { JobValidation, RouteName, Upload } from "../contract/types.js";
import type { Bytes, RequestInput } from "../http/request.js";
import type {
  CallInput,
  CallOptions,
  CallOutput,
  DownloadRoute,
  InputOf,
  JobRoute,
  JsonRoute,
} from "./routes.js";

/**
 * A service at one address. Every method throws ApiError (the service refuses), UnreachableError
 * (nothing answers), UnexpectedAnswerError (something else answers), or the reason of `signal`.
 */
export interface Calls {
  /** The service's address, without a slash at its end. */
  readonly url: string;

  /** Calls a route that answers JSON: `client.call("getJob", { params: { id } })`. */
  call<N extends JsonRoute>(route: N, ...input: InputOf<CallInput<N>>): Promise<CallOutput<N>>;

  /** Checks a job and estimates what it would take. Nothing is queued. */
  validate<N extends JobRoute>(route: N, input: CallInput<N>): Promise<JobValidation>;

  /** Opens a download. Read the stream to its end or cancel it: it holds a connection. */
  download<N extends DownloadRoute>(
    route: N,
    ...input: InputOf<CallInput<N>>
  ): Promise<ReadableStream<Uint8Array>>;

  /** Stores a file's bytes in one request. */
  upload(bytes: Bytes, options?: CallOptions): Promise<Upload>;

  /** Begins an upload of `size` bytes, which come with `appendUpload`; `getUpload` says how many came. */
  beginUpload(size: number, options?: CallOptions): Promise<Upload>;

  /** Sends the next bytes of an upload: `size` of them, from byte `first` of the file on. */
  appendUpload(upload: Upload, part: UploadPart, options?: CallOptions): Promise<Upload>;

  /** Calls any route and returns the answer unread, for headers that the other methods do not show. */
  request<N extends RouteName>(
    route: N,
    ...input: InputOf<CallInput<N> & Pick<RequestInput, "headers" | "bytes" | "timeoutMs">>
  ): Promise<Response>;
}

/** A part of a file. */
export interface UploadPart {
  /** Where it begins in the file. */
  readonly first: number;
  readonly size: number;
  readonly bytes: Bytes;
}

export interface ClientOptions {
  /** Sent with every request: `wn_...`. */
  readonly apiKey?: string | undefined;
  /**
   * How often a request is repeated while the service is away or too busy, with a growing pause
   * before each (200 ms, 800 ms, ...) or the one that the service asks for. Default: 2.
   */
  readonly retries?: number;
  /** In place of the platform's `fetch`: for proxies, for counting. */
  readonly fetch?: typeof fetch;
}
