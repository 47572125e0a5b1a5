import type { RedisAddress } from "@winnow/redis";
import type { Store } from "@winnow/store";
import type { MetricsText } from "@winnow/tracing";
import type { Limiter } from "../access/limiter.js";
import type { ApiConfig } from "../config.js";
import type { EventFeed } from "../events/event-feed.js";

/** What the handlers need, all of it passed in. */
export interface Deps {
  readonly store: Store;
  readonly config: Pick<ApiConfig, "storageDir" | "maxUploadBytes" | "ingestRoot"> &
    Partial<
      Pick<
        ApiConfig,
        | "urlSources"
        | "modelsDir"
        | "embeddingsUrl"
        | "maxOpenJobs"
        | "maxStoredBytes"
        | "maxStoredRows"
        | "allowedHosts"
        | "corsOrigins"
        | "previewLimits"
        | "maxOfEach"
      >
    >;
  /** null without REDIS_URL. */
  readonly redis: Pick<RedisAddress, "check"> | null;
  /** Each download uses a connection to Postgres until it ends. */
  readonly downloads: Limiter;
  readonly eventStreams: Limiter;
  readonly longPolls: Limiter;
  readonly uploads: Limiter;
  readonly events: EventFeed;
  /** Returns the text for Prometheus. */
  readonly metrics: (accept: string | undefined) => Promise<MetricsText>;
  /** Event streams send a comment after this long without an event. */
  readonly heartbeatMs: number;
  /** Aborted when the app begins to close; long polls and event streams then end at once. */
  readonly closing: AbortSignal;
}
