import { z } from "zod";
import { databaseUrl } from "./database-url.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment is not fit to start with; `faults` has every reason, as `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly faults: readonly string[]) {
    super(`The settings are invalid:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}

/**
 * Reads the variables of a schema. An empty variable counts as unset: compose files pass empty
 * strings for what is not given. Throws `ConfigError` with all faults at once.
 */
export function parseSettings<S extends z.ZodObject>(
  schema: S,
  environment: Environment,
): z.output<S> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`),
  );
}

/** One of a few words. */
export const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, { error: `must be ${words.join(", ").replace(/, ([^,]+)$/, " or $1")}` });

/** `true` or `false`. */
export const flag = () => oneOf(["true", "false"]).transform((word) => word === "true");

/** A whole number in decimal digits: no sign, no exponent, no unit. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, "must be a whole number")
    .transform(Number)
    .refine((number) => number >= min && number <= max, `must be between ${min} and ${max}`);

/** A list with commas between its items; `must` says of what, for whoever wrote another item. */
export const listOf = (isItem: (item: string) => boolean, must: string) =>
  z
    .string()
    .transform((text) => text.split(",").map((item) => item.trim()))
    .transform((items) => items.filter((item) => item !== ""))
    .superRefine((items, context) => {
      const wrong = items.find((item) => !isItem(item));
      if (wrong !== undefined) context.addIssue(`must be ${must}, not ${wrong}`);
    })
    .prefault("");

/** An absolute URL with one of the schemes. */
export const urlOf = (...schemes: readonly [string, ...string[]]) =>
  z
    .string({ error: "must be set" })
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)),
      `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`,
    );

/** Whether user and password are percent-encoded, or need not be. */
function isDecodable(text: string): boolean {
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

const PERCENT_ENCODE = "its user and password must be percent-encoded, as encodeURIComponent does";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The variables that more than one program reads. `unit` in the metadata is what a number counts;
 * the reference is generated from these descriptions, see `describeSettings`.
 */
export const SHARED_SETTINGS = {
  DATABASE_URL: databaseUrl().meta({
    description:
      "The Postgres database, as postgresql://USER:PASSWORD@HOST:PORT/NAME. API, workers and the " +
      "command use the same one. It may lead through a pooler, with `DIRECT_DATABASE_URL` beside it.",
  }),
  DIRECT_DATABASE_URL: databaseUrl()
    .optional()
    .meta({
      description:
        "The same database without a pooler, where `DATABASE_URL` leads through one in transaction " +
        "mode (PgBouncer and its like). Used for the few things that need a session of their own: " +
        "notifications, locks of uploads, migrations, backups.",
    }),
  MIGRATION_DATABASE_URL: databaseUrl()
    .optional()
    .meta({
      description:
        "The same database, as the role that owns its tables and migrates it, without a pooler. " +
        "Give it to `winnow migrate`, `backup` and `restore`, and to no API and worker, whose role " +
        "(that of `DATABASE_URL`) then owns nothing. Unset: there is one role for everything.",
    }),
  REDIS_URL: urlOf("redis", "rediss")
    .refine(isDecodable, PERCENT_ENCODE)
    .meta({
      description:
        "The Redis server that delivers tasks to workers. The API uses it only for the counters of " +
        "the rate limit, for the page of the queues and to show in `/readyz` whether it answers.",
    }),
  STORAGE_DIR: z
    .string()
    .prefault("./.winnow/storage")
    .meta({
      description:
        "The folder of uploads, models and checkpoints. API and workers must see the same folder; its " +
        "file `database` tells them.",
    }),
  INGEST_ROOT: z
    .string()
    .optional()
    .meta({
      description:
        "The folder that `path` sources must be in. Without it they are refused. Give API and " +
        "workers the same value.",
    }),
  MODELS_DIR: z
    .string()
    .optional()
    .meta({
      description:
        "The folder that checkpoints must be in from which trainings start. Without it they are " +
        "refused. Give API and workers the same value.",
    }),
  EMBEDDINGS_URL: urlOf("http", "https")
    .refine((text) => {
      const { username, password } = new URL(text);
      return username === "" && password === "";
    }, "must have no user and no password; a key belongs in EMBEDDINGS_KEY")
    .optional()
    .meta({
      description:
        "The embeddings endpoint of OpenAI's form that makes the vectors of trainings with " +
        "`model.embeddingsEndpoint`: a base URL, or one that ends in /embeddings. The texts of their " +
        "datasets are sent there. Without it they are refused. Give API and workers the same value.",
    }),
  EMBEDDINGS_MODEL: z.string().min(1).optional().meta({
    description: "The model that the endpoint is asked for. Unset: its only one.",
  }),
  EMBEDDINGS_KEY: z
    .string({ error: "must be a key" })
    .regex(/^[\x21-\x7e]+$/, "must be a key without blanks")
    .optional()
    .meta({
      description:
        "The key of the embeddings endpoint, of EMBEDDINGS_URL or of `winnow audit --embeddings-url`; it " +
        "is sent there alone, over plain http only to this machine and to private networks.",
    }),
  QUOTA_STORED_ROWS: wholeNumber(0, 1e12)
    .prefault("100000000")
    .meta({
      description:
        "Rows of datasets that one API key may have, whatever they were made from. 0: no limit. Give API and " +
        "workers the same value.",
      unit: "rows",
    }),
  URL_SOURCES: flag()
    .prefault("false")
    .meta({
      description:
        "`true` allows `url` sources: https URLs of public addresses. Give API and workers the " +
        "same value.",
    }),
  QUEUE_PREFIX: z
    .string()
    .min(1)
    .max(100)
    .prefault("{winnow}")
    .meta({
      description:
        "The prefix of the keys in Redis, after which the name of the database follows. Give API and " +
        "workers the same value. The braces keep all keys in one slot of a Redis cluster.",
    }),
  BACKEND_PROBE_MS: wholeNumber(100, 86_400_000)
    .prefault("180000")
    .meta({
      description:
        "How long a backend may take for its small training, at the worker's start and in `winnow " +
        "backends`. More for a GPU whose kernels are compiled at the first start.",
      unit: "ms",
    }),
  LOG_LEVEL: oneOf(LOG_LEVELS)
    .prefault("info")
    .meta({ description: `The lowest level that is logged: ${LOG_LEVELS.join(", ")}.` }),
} as const;

/** Those of every program that serves: how it reaches the database. */
export const DATABASE_SETTINGS = {
  DATABASE_URL: SHARED_SETTINGS.DATABASE_URL,
  DIRECT_DATABASE_URL: SHARED_SETTINGS.DIRECT_DATABASE_URL,
} as const;

export interface SettingDescription {
  readonly name: string;
  readonly description: string;
  /** What a number counts, e.g. `ms` or `bytes`. */
  readonly unit: string | null;
  /** As the variable would say it; null: there is none. */
  readonly default: string | null;
  readonly required: boolean;
}

/** What the reference prints for each variable of a schema, in its order. */
export function describeSettings(schema: z.ZodObject): SettingDescription[] {
  return Object.entries(schema.shape).map(([name, setting]) => {
    let required = true;
    let fallback: string | null = null;
    let meta = setting.meta();
    let inner: unknown = setting;
    while (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodDefault
    ) {
      required = false;
      if (!(inner instanceof z.ZodOptional)) fallback = String(inner.def.defaultValue);
      inner = inner.def.innerType;
      if (inner instanceof z.ZodType) meta ??= inner.meta();
    }
    const { description = "", unit = null } = meta ?? {};
    return { name, description, unit: unit as string | null, default: fallback, required };
  });
}
