/** Ids, names of kinds and states, counts. Never texts, labels, file names, keys or messages of errors. */
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface SpanOptions {
  readonly kind?: "server" | "client" | "producer" | "consumer" | "internal";
  /** In milliseconds since 1970; default: now. */
  readonly startedAt?: number;
  /** Those that are null or undefined are left out. */
  readonly attributes?: Attributes;
}

/** A part of a trace that has begun. It is sent once it has ended. */
export interface Span {
  readonly traceId: string;
  /** What names it to other processes, in W3C's form. */
  readonly traceParent: string;
  /** Begins a part of this one. */
  child(name: string, options?: SpanOptions): Span;
  set(attributes: Attributes): void;
  event(name: string, attributes?: Attributes): void;
  /** Marks it as failed, with the code of a problem; its message may have texts, and is not sent. */
  fail(code: string): void;
  /** In milliseconds since 1970; default: now. */
  end(at?: number): void;
}

/** Makes the spans of one program. No call of it waits, and none throws. */
export interface Tracing {
  /**
   * Begins a span below the one that `parent` names in W3C's form; below none where that is null or not
   * of this form. A span whose trace is not sampled is never sent.
   */
  start(name: string, parent: string | null, options?: SpanOptions): Span;
  /** Sends what has ended, for two seconds at most. */
  close(): Promise<void>;
}

export interface TracingOptions {
  readonly on: boolean;
  /** The name of the program, unless OTEL_SERVICE_NAME gives another. */
  readonly service: string;
  readonly version: string;
  /** Names this process among all of the program. */
  readonly instance: string;
  /** Called, once a minute at most, when spans could not be sent. */
  readonly onError: (error: Error) => void;
}
