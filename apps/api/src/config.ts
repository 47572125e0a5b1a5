import { isIP } from "node:net";
import { resolve } from "node:path";
import {
  DATABASE_SETTINGS,
  type Environment,
  flag,
  type LogLevel,
  listOf,
  oneOf,
  parseSettings,
  SHARED_SETTINGS,
  wholeNumber,
} from "@winnow/contracts";
import { isTracing, TRACING_SETTINGS } from "@winnow/tracing";
import { z } from "zod";

/** A DNS name, with letters of any script, or `*.` and one. */
const isHostName = (text: string): boolean =>
  /^(\*\.)?[^\s*.:/?#@[\]\\]+(\.[^\s*.:/?#@[\]\\]+)*\.?$/.test(text);

const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** The variables of the API; `0` in a limit means no limit. */
export const API_SETTINGS = z.object({
  ...DATABASE_SETTINGS,
  REDIS_URL: SHARED_SETTINGS.REDIS_URL.optional(),
  STORAGE_DIR: SHARED_SETTINGS.STORAGE_DIR,
  HOST: z
    .string()
    .prefault("127.0.0.1")
    .meta({
      description:
        "The address to listen on. Beyond loopback the API starts only once there is an API key, or " +
        "with TRUSTED_NETWORK=true.",
    }),
  PORT: wholeNumber(0, 65_535)
    .prefault("8080")
    .meta({ description: "The port to listen on; 0 takes a free one." }),
  MAX_UPLOAD_BYTES: wholeNumber(1, 2 ** 40)
    .prefault(String(4 * 2 ** 30))
    .meta({ description: "The largest upload that is accepted.", unit: "bytes" }),
  LOG_LEVEL: SHARED_SETTINGS.LOG_LEVEL,
  INGEST_ROOT: SHARED_SETTINGS.INGEST_ROOT,
  MODELS_DIR: SHARED_SETTINGS.MODELS_DIR,
  EMBEDDINGS_URL: SHARED_SETTINGS.EMBEDDINGS_URL,
  URL_SOURCES: SHARED_SETTINGS.URL_SOURCES,
  TRUSTED_NETWORK: flag()
    .prefault("false")
    .meta({
      description:
        "`true` says that only people you trust reach the address, so that the API also works " +
        "without API keys beyond loopback.",
    }),
  ALLOWED_HOSTS: listOf(
    isHostName,
    "host names with commas between them, without scheme and port",
  ).meta({
    description:
      "The host names, with commas between them, under which the API answers without API keys, " +
      "besides localhost, addresses and the name of its machine: `winnow.lan`, or `*.example.org` " +
      "for all below it. TRUSTED_NETWORK does not change it. With API keys every name will do.",
  }),
  CORS_ORIGINS: listOf(
    isOrigin,
    "origins with commas between them, such as https://label.example.org",
  ).meta({
    description:
      "The origins, with commas between them, whose pages may call the API from a browser: " +
      "`https://label.example.org`. Without API keys they may do everything.",
  }),
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1e9).prefault("60000").meta({
    description:
      "Requests that one API key (without keys: one address) may send in a minute. 0: no limit.",
    unit: "requests a minute",
  }),
  MAX_DOWNLOADS: wholeNumber(0, 1e6).prefault("4").meta({
    description:
      "Downloads that one API key (without keys: one address) may have open at a time, of eight in all. 0: no limit.",
    unit: "downloads",
  }),
  MAX_EVENT_STREAMS: wholeNumber(0, 1e6).prefault("200").meta({
    description: "Event streams that one API key or address may have open at a time. 0: no limit.",
    unit: "streams",
  }),
  MAX_LONG_POLLS: wholeNumber(0, 1e6).prefault("200").meta({
    description:
      "Requests with `wait` that one API key or address may have open at a time. 0: no limit.",
    unit: "requests",
  }),
  MAX_UPLOADS: wholeNumber(0, 1e6).prefault("16").meta({
    description: "Uploads that one API key or address may send at a time. 0: no limit.",
    unit: "uploads",
  }),
  LEAST_BYTES_PER_SECOND: wholeNumber(1, 1e9).prefault("1024").meta({
    description:
      "A client that sends a body or reads an answer slower than this over a minute is disconnected.",
    unit: "bytes a second",
  }),
  QUOTA_OPEN_JOBS: wholeNumber(0, 1e9).prefault("1000").meta({
    description: "Queued and running jobs that one API key may have. 0: no limit.",
    unit: "jobs",
  }),
  QUOTA_STORED_BYTES: wholeNumber(0, 2 ** 50)
    .prefault(String(100 * 2 ** 30))
    .meta({
      description: "Bytes of uploads that one API key may have. 0: no limit.",
      unit: "bytes",
    }),
  QUOTA_STORED_ROWS: SHARED_SETTINGS.QUOTA_STORED_ROWS,
  PREVIEW_MEMORY_MB: wholeNumber(128, 1_048_576)
    .prefault("512")
    .meta({
      description:
        "The most memory that the process which previews a file may take; with more the preview ends with " +
        "`file-too-costly`. Two of them run at most.",
      unit: "MB",
    }),
  PREVIEW_TIMEOUT_MS: wholeNumber(1_000, 3_600_000).prefault("30000").meta({
    description: "How long a preview may take.",
    unit: "ms",
  }),
  QUEUE_BOARD: oneOf(["auto", "true", "false"])
    .prefault("auto")
    .meta({
      description:
        "Whether admins see the page of the queues at `/admin/queues`: `true`, `false`, or `auto`, " +
        "which shows it once there are API keys.",
    }),
  QUEUE_BOARD_WRITES: flag().prefault("false").meta({
    description: "`true` lets admins retry and remove queue entries on that page.",
  }),
  DRAIN_MS: wholeNumber(0, 60_000)
    .prefault("0")
    .meta({
      description:
        "How long the API accepts connections after SIGTERM although `/readyz` says that it is not " +
        "ready. Behind a proxy set it above the interval of the proxy's health check.",
      unit: "ms",
    }),
  QUEUE_PREFIX: SHARED_SETTINGS.QUEUE_PREFIX,
  ...TRACING_SETTINGS,
});

export interface ApiConfig {
  readonly databaseUrl: string;
  /** Where `databaseUrl` leads through a pooler: without it. */
  readonly directDatabaseUrl: string | undefined;
  /** For the counters of the rate limit and the page of the queues; undefined: without Redis. */
  readonly redisUrl: string | undefined;
  /** Absolute. */
  readonly storageDir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly maxUploadBytes: number;
  readonly logLevel: LogLevel;
  /** Absolute; undefined: `path` sources are refused. */
  readonly ingestRoot: string | undefined;
  /** Absolute; undefined: checkpoints are refused. */
  readonly modelsDir: string | undefined;
  /** undefined: trainings that ask an endpoint for vectors are refused. */
  readonly embeddingsUrl: string | undefined;
  /** Whether only trusted people reach the address, so that it needs no API keys. */
  readonly trustedNetwork: boolean;
  /** Host names that are ours besides the usual ones, for as long as there are no API keys. */
  readonly allowedHosts: readonly string[];
  /** Other origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** Of one API key, or without keys of one address; undefined: no limit. */
  readonly rateLimitPerMinute: number | undefined;
  /** What one API key, or without keys one address, may have open at a time; undefined: no limit. */
  readonly maxOfEach: {
    readonly downloads: number | undefined;
    readonly eventStreams: number | undefined;
    readonly longPolls: number | undefined;
    readonly uploads: number | undefined;
  };
  /** A slower client is disconnected. */
  readonly leastBytesPerSecond: number;
  /** Queued and running jobs of one API key; undefined: no limit. */
  readonly maxOpenJobs: number | undefined;
  /** Bytes of one API key's uploads; undefined: no limit. */
  readonly maxStoredBytes: number | undefined;
  /** Rows of one API key's datasets; undefined: no limit. */
  readonly maxStoredRows: number | undefined;
  /** What a preview may take. */
  readonly previewLimits: { readonly memoryBytes: number; readonly timeoutMs: number };
  /** Whether the page of the queues is shown; "auto": once there are API keys. */
  readonly queueBoard: "auto" | "true" | "false";
  readonly queueBoardWrites: boolean;
  /** The same as the worker's. */
  readonly queuePrefix: string;
  /** Whether `url` sources are accepted; the worker checks the addresses. */
  readonly urlSources: boolean;
  /** How long the API still accepts connections after a signal, already unready. */
  readonly drainMs: number;
  /** Whether traces are sent. */
  readonly tracing: boolean;
}

/** Reads the configuration. Throws `ConfigError` with all faults. */
export function readConfig(environment: Environment = process.env): ApiConfig {
  const env = parseSettings(API_SETTINGS, environment);
  return {
    databaseUrl: env.DATABASE_URL,
    directDatabaseUrl: env.DIRECT_DATABASE_URL,
    redisUrl: env.REDIS_URL,
    storageDir: resolve(env.STORAGE_DIR),
    host: env.HOST,
    port: env.PORT,
    maxUploadBytes: env.MAX_UPLOAD_BYTES,
    logLevel: env.LOG_LEVEL,
    ingestRoot: env.INGEST_ROOT === undefined ? undefined : resolve(env.INGEST_ROOT),
    modelsDir: env.MODELS_DIR === undefined ? undefined : resolve(env.MODELS_DIR),
    embeddingsUrl: env.EMBEDDINGS_URL,
    trustedNetwork: env.TRUSTED_NETWORK,
    allowedHosts: env.ALLOWED_HOSTS,
    corsOrigins: env.CORS_ORIGINS,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE || undefined,
    maxOfEach: {
      downloads: env.MAX_DOWNLOADS || undefined,
      eventStreams: env.MAX_EVENT_STREAMS || undefined,
      longPolls: env.MAX_LONG_POLLS || undefined,
      uploads: env.MAX_UPLOADS || undefined,
    },
    leastBytesPerSecond: env.LEAST_BYTES_PER_SECOND,
    maxOpenJobs: env.QUOTA_OPEN_JOBS || undefined,
    maxStoredBytes: env.QUOTA_STORED_BYTES || undefined,
    maxStoredRows: env.QUOTA_STORED_ROWS || undefined,
    previewLimits: {
      memoryBytes: env.PREVIEW_MEMORY_MB * 2 ** 20,
      timeoutMs: env.PREVIEW_TIMEOUT_MS,
    },
    queueBoard: env.QUEUE_BOARD,
    queueBoardWrites: env.QUEUE_BOARD_WRITES,
    queuePrefix: env.QUEUE_PREFIX,
    urlSources: env.URL_SOURCES,
    drainMs: env.DRAIN_MS,
    tracing: isTracing(env),
  };
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
