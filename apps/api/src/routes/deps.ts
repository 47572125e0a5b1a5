import type { Store } from "@winnow/store";
import type { Slots } from "../access/limiter.js";
import type { ApiConfig } from "../config.js";
import type { EventFeed } from "../events/event-feed.js";
import type { RedisProbe } from "../queue/redis-probe.js";

/** What the handlers need; all of it comes in from outside. */
export interface Deps {
  readonly store: Store;
  readonly config: Pick<ApiConfig, "storageDir" | "maxUploadBytes" | "ingestRoot"> &
    Partial<
      Pick<
        ApiConfig,
        "urlSources" | "modelsDir" | "maxOpenJobs" | "maxStoredBytes" | "trustedNetwork"
      >
    >;
  /** Null without a REDIS_URL. */
  readonly redis: RedisProbe | null;
  /** Each download holds a connection to Postgres for as long as it lasts. */
  readonly downloads: Slots;
  readonly events: EventFeed;
  /** The text that Prometheus reads. */
  readonly metrics: () => Promise<string>;
  /** Event streams send a comment after so long without an event. */
  readonly heartbeatMs: number;
  /** Aborted when the app begins to close: long polls and event streams end at once. */
  readonly closing: AbortSignal;
}
