import { isIP } from "node:net";
import { resolve } from "node:path";
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
export const ApiEnvironment = z
  .object({
    DATABASE_URL: serviceUrl(["postgres:", "postgresql:"]),
    REDIS_URL: serviceUrl(["redis:", "rediss:"]).optional(),
    STORAGE_DIR: z.string().default("./.winnow/storage"),
    HOST: z.string().default("127.0.0.1"),
    PORT: wholeNumber(0, 65_535).prefault("8080"),
    MAX_UPLOAD_BYTES: wholeNumber(1, 2 ** 40).prefault(String(4 * 2 ** 30)),
    LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
    INGEST_ROOT: z.string().optional(),
    MODELS_DIR: z.string().optional(),
    URL_SOURCES: z.enum(["true", "false"]).default("false"),
    TRUSTED_NETWORK: z.enum(["true", "false"]).default("false"),
  })
  .check((ctx) => {
    const { HOST, TRUSTED_NETWORK } = ctx.value;
    if (isLoopback(HOST) || TRUSTED_NETWORK === "true") return;
    ctx.issues.push({
      code: "custom",
      path: ["HOST"],
      input: HOST,
      message:
        `${HOST} is no loopback address, and no API key is configured; listen on 127.0.0.1, or ` +
        "set TRUSTED_NETWORK=true if only people you trust reach this address",
    });
  });

export interface ApiConfig {
  readonly databaseUrl: string;
  /** Shown in readiness only: the API puts nothing into Redis. */
  readonly redisUrl: string | undefined;
  /** Absolute; uploads lie in its folder `uploads`. */
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
  /** Whether `url` sources are taken; the worker guards what it connects to. */
  readonly urlSources: boolean;
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
    urlSources: env.URL_SOURCES === "true",
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
