import { z } from "zod";

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30d`, `12h`, `90m`; `off` or `0`: kept indefinitely (null). In milliseconds. */
const age = (fallback: string, description: string, minMs = 0) =>
  z
    .string()
    .regex(/^(off|0|[1-9]\d{0,4}[mhd])$/, "must be an age such as 30d, 12h or 90m, or off")
    .transform((text) => {
      if (text === "off" || text === "0") return null;
      return Number(text.slice(0, -1)) * UNITS_MS[text.slice(-1) as keyof typeof UNITS_MS];
    })
    .refine((ms) => ms === null || ms >= minMs, `must be at least ${minMs / UNITS_MS.h}h`)
    .prefault(fallback)
    .meta({ description, unit: "age: 30d, 12h, 90m or off" });

/**
 * How long data that is no longer needed is kept; the variables of the worker and of `winnow gc`.
 * What a person may ask for again (files, events, deliveries, the audit) is kept unless an age is set.
 */
export const RETENTION_SETTINGS = {
  RETENTION_UPLOADS_USED: age(
    "off",
    "How long an upload is kept that a dataset, an import or a training was made from, after the " +
      "last of these.",
  ),
  RETENTION_UPLOADS_UNUSED: age("off", "How long unused uploads are kept."),
  RETENTION_UPLOADS_UNFINISHED: age(
    "7d",
    "How long a resumable upload is kept after its last byte if it stays incomplete.",
  ),
  RETENTION_CHECKPOINTS: age(
    "7d",
    "How long checkpoints and the predictions of epochs are kept after their fold has ended.",
  ),
  RETENTION_TOKENS: age(
    "7d",
    "How long the cached tokens of a dataset are kept after their last use.",
  ),
  RETENTION_ENCODED: age(
    "30d",
    "How long an encoder's cached vectors of texts are kept after a run last used the encoder.",
  ),
  RETENTION_EVENTS: age("off", "How long events are kept after their job has ended."),
  RETENTION_IDEMPOTENCY_KEYS: age(
    "24h",
    "How long the answer to an Idempotency-Key is kept. Keys are honoured for 24 hours.",
    UNITS_MS.d,
  ),
  RETENTION_OUTBOX: age("7d", "How long delivered outbox rows are kept."),
  RETENTION_QUEUE_ENTRIES: age("1h", "How long finished entries stay in the queues in Redis."),
  RETENTION_WEBHOOK_DELIVERIES: age("off", "How long ended webhook deliveries are kept."),
  RETENTION_AUDIT: age("off", "How long entries of the audit are kept."),
};

const Settings = z.object(RETENTION_SETTINGS);

/** Ages in milliseconds; null: kept indefinitely. */
export interface RetentionAges {
  /** Of uploads that a job was made from, after the last of these. */
  readonly uploadsUsed: number | null;
  readonly uploadsUnused: number | null;
  /** After the last byte. */
  readonly uploadsUnfinished: number | null;
  /** After the end of their fold; also the predictions of epochs of a failed run. */
  readonly checkpoints: number | null;
  /** After their last use. */
  readonly tokens: number | null;
  /** After the last use of their encoder. */
  readonly encoded: number | null;
  /** After the end of their job. */
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
  encoded: "RETENTION_ENCODED",
  events: "RETENTION_EVENTS",
  idempotencyKeys: "RETENTION_IDEMPOTENCY_KEYS",
  outbox: "RETENTION_OUTBOX",
  queueEntries: "RETENTION_QUEUE_ENTRIES",
  webhookDeliveries: "RETENTION_WEBHOOK_DELIVERIES",
  audit: "RETENTION_AUDIT",
} as const satisfies Record<keyof RetentionAges, keyof typeof RETENTION_SETTINGS>;

/** Each kind of data with the variable that sets its age. */
export const RETENTION_VARIABLES = Object.entries(VARIABLES) as readonly [
  keyof RetentionAges,
  string,
][];

/** The ages of parsed settings. */
export const retentionAges = (e: z.infer<typeof Settings>): RetentionAges =>
  Object.fromEntries(
    Object.entries(VARIABLES).map(([kind, variable]) => [kind, e[variable]]),
  ) as Record<keyof RetentionAges, number | null>;

/** The ages if nothing is set. */
export const DEFAULT_RETENTION: RetentionAges = retentionAges(Settings.parse({}));
