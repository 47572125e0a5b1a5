import { z } from "zod";

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30d`, `12h`, `90m`; `off` or `0`: kept for ever (null). In milliseconds. */
const age = (fallback: string) =>
  z
    .string()
    .regex(/^(off|0|[1-9]\d{0,4}[mhd])$/, "must be an age such as 30d, 12h or 90m, or off")
    .transform((text) => {
      if (text === "off" || text === "0") return null;
      return Number(text.slice(0, -1)) * UNITS_MS[text.slice(-1) as keyof typeof UNITS_MS];
    })
    .prefault(fallback);

/**
 * How long what is not needed any more is kept; the variables of the worker and of `winnow gc`.
 * What a person may ask for again (files, events, deliveries, the audit) is kept unless an age is set.
 */
export const RETENTION_ENVIRONMENT = {
  RETENTION_UPLOADS_USED: age("off"),
  RETENTION_UPLOADS_UNUSED: age("off"),
  RETENTION_UPLOADS_UNFINISHED: age("7d"),
  RETENTION_CHECKPOINTS: age("7d"),
  RETENTION_TOKENS: age("7d"),
  RETENTION_EVENTS: age("off"),
  RETENTION_IDEMPOTENCY_KEYS: age("24h").refine(
    (ms) => ms === null || ms >= UNITS_MS.d,
    "must be at least 24h: so long a key is honoured",
  ),
  RETENTION_OUTBOX: age("7d"),
  RETENTION_QUEUE_ENTRIES: age("1h"),
  RETENTION_WEBHOOK_DELIVERIES: age("off"),
  RETENTION_AUDIT: age("off"),
};

const Environment = z.object(RETENTION_ENVIRONMENT);

/** Ages in milliseconds; null: kept for ever. */
export interface RetentionAges {
  /** Of files that a dataset or an import was read from, after the last of these. */
  readonly uploadsUsed: number | null;
  readonly uploadsUnused: number | null;
  /** After the last byte. */
  readonly uploadsUnfinished: number | null;
  /** Of folds that have ended; also the epochs that folds of a failed run have voted on. */
  readonly checkpoints: number | null;
  /** After their last use. */
  readonly tokens: number | null;
  /** After their job's end. */
  readonly events: number | null;
  readonly idempotencyKeys: number | null;
  readonly outbox: number | null;
  readonly queueEntries: number | null;
  readonly webhookDeliveries: number | null;
  readonly audit: number | null;
}

/** The variable that sets each age. */
const VARIABLES = {
  uploadsUsed: "RETENTION_UPLOADS_USED",
  uploadsUnused: "RETENTION_UPLOADS_UNUSED",
  uploadsUnfinished: "RETENTION_UPLOADS_UNFINISHED",
  checkpoints: "RETENTION_CHECKPOINTS",
  tokens: "RETENTION_TOKENS",
  events: "RETENTION_EVENTS",
  idempotencyKeys: "RETENTION_IDEMPOTENCY_KEYS",
  outbox: "RETENTION_OUTBOX",
  queueEntries: "RETENTION_QUEUE_ENTRIES",
  webhookDeliveries: "RETENTION_WEBHOOK_DELIVERIES",
  audit: "RETENTION_AUDIT",
} as const satisfies Record<keyof RetentionAges, keyof typeof RETENTION_ENVIRONMENT>;

/** Each kind with the variable that sets its age. */
export const RETENTION_VARIABLES = Object.entries(VARIABLES) as readonly [
  keyof RetentionAges,
  string,
][];

/** The ages out of an environment that has passed the schemas above. */
export const retentionAges = (e: z.infer<typeof Environment>): RetentionAges =>
  Object.fromEntries(
    Object.entries(VARIABLES).map(([kind, variable]) => [kind, e[variable]]),
  ) as Record<keyof RetentionAges, number | null>;

/** The ages where nothing is set. */
export const DEFAULT_RETENTION: RetentionAges = retentionAges(Environment.parse({}));
