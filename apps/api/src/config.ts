import { isIP } from "node:net";
import { resolve } from "node:path";
import { DEFAULT_STORAGE_DIR } from "@winnow/storage";
import { z } from "zod";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** A whole number written as text; anything else is named in the fault. */
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.int().min(min).max(max));

const serviceUrl = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}`,
    );

/** The environment of the API, variable by variable. */
export const ApiEnvironment = z.object({
  DATABASE_URL: serviceUrl(["postgres:", "postgresql:"]),
  REDIS_URL: serviceUrl(["redis:", "rediss:"]).optional(),
  STORAGE_DIR: z.string().default(DEFAULT_STORAGE_DIR),
  HOST: z.string().default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).prefault("8080"),
  MAX_UPLOAD_BYTES: wholeNumber(1, 2 ** 40).prefault(String(4 * 2 ** 30)),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  INGEST_ROOT: z.string().optional(),
  MODELS_DIR: z.string().optional(),
  URL_SOURCES: z.enum(["true", "false"]).default("false"),
  TRUSTED_NETWORK: z.enum(["true", "false"]).default("false"),
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1e9).prefault("60000"),
  QUOTA_OPEN_JOBS: wholeNumber(0, 1e9).prefault("1000"),
  QUOTA_STORED_BYTES: wholeNumber(0, 2 ** 50).prefault(String(100 * 2 ** 30)),
  QUEUE_BOARD: z.enum(["auto", "true", "false"]).default("auto"),
  QUEUE_BOARD_WRITES: z.enum(["true", "false"]).default("false"),
  DRAIN_MS: wholeNumber(0, 60_000).prefault("0"),
  QUEUE_PREFIX: z.string().min(1).max(100).default("{winnow}"),
});

export interface ApiConfig {
  readonly databaseUrl: string;
  /** For the rate limit's counters and the queues' board; the API puts no job into Redis. */
  readonly redisUrl: string | undefined;
  /** Absolute. */
  readonly storageDir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly maxUploadBytes: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Absolute; `path` sources must lie below it, and are refused without it. */
  readonly ingestRoot: string | undefined;
  /** Absolute; checkpoints must lie below it, and are refused without it. */
  readonly modelsDir: string | undefined;
  /** Whether only trusted people reach the address, so that it needs no API key. */
  readonly trustedNetwork: boolean;
  /** Requests of one API key, or one address without keys; undefined: no limit. */
  readonly rateLimitPerMinute: number | undefined;
  /** Queued and running jobs of one API key. */
  readonly maxOpenJobs: number | undefined;
  /** Bytes of one API key's uploads. */
  readonly maxStoredBytes: number | undefined;
  /** The page over the queues: "auto" shows it once there are API keys. */
  readonly queueBoard: "auto" | "true" | "false";
  readonly queueBoardWrites: boolean;
  /** As the worker has it. */
  readonly queuePrefix: string;
  /** Whether `url` sources are taken; the worker guards what it connects to. */
  readonly urlSources: boolean;
  /** After a signal the API is unready but still takes connections for so long. */
  readonly drainMs: number;
}

/** The environment is not fit to start with: every fault, one a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the configuration; an empty variable counts as unset. Throws `ConfigError` with all faults. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ApiConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = ApiEnvironment.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      (issue) => `  ${issue.path.join(".")}: ${issue.message}`,
    );
    throw new ConfigError(`The configuration has faults:\n${faults.join("\n")}`);
  }
  const env = parsed.data;
  return {
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    storageDir: resolve(env.STORAGE_DIR),
    host: env.HOST,
    port: env.PORT,
    maxUploadBytes: env.MAX_UPLOAD_BYTES,
    logLevel: env.LOG_LEVEL,
    ingestRoot: env.INGEST_ROOT === undefined ? undefined : resolve(env.INGEST_ROOT),
    modelsDir: env.MODELS_DIR === undefined ? undefined : resolve(env.MODELS_DIR),
    trustedNetwork: env.TRUSTED_NETWORK === "true",
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE || undefined,
    maxOpenJobs: env.QUOTA_OPEN_JOBS || undefined,
    maxStoredBytes: env.QUOTA_STORED_BYTES || undefined,
    queueBoard: env.QUEUE_BOARD,
    queueBoardWrites: env.QUEUE_BOARD_WRITES === "true",
    queuePrefix: env.QUEUE_PREFIX,
    urlSources: env.URL_SOURCES === "true",
    drainMs: env.DRAIN_MS,
  };
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
