import { flag, oneOf, urlOf } from "@winnow/contracts";
import { z } from "zod";

const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

const endpoint = () => urlOf("http", "https").optional();

/**
 * Of OpenTelemetry's standard variables those that switch traces on, and the usual ones beside them. Its
 * library reads these from the environment itself, and the others of its exporter, batches and limits.
 */
export const TRACING_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint().meta({
    description:
      "Where traces are sent: the base URL of a collector that takes OTLP over HTTP, such as " +
      "`http://127.0.0.1:4318`. Traces are off unless it or one of the next two switches them on.",
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint().meta({
    description: "The same as a whole URL, to which nothing is added; it comes first.",
  }),
  OTEL_TRACES_EXPORTER: oneOf(["otlp", "none"]).optional().meta({
    description:
      "`otlp` sends traces also where no endpoint is set, to `http://localhost:4318`; `none` switches them off.",
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(["http/json"])
    .prefault("http/json")
    .meta({ description: "How traces are sent: `http/json`, and nothing else." }),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional().meta({
    description:
      "Headers that go with the traces, as `name=value` with commas between them: a collector's key.",
  }),
  OTEL_SERVICE_NAME: z.string().optional().meta({
    description: "The service that traces name. Unset: `winnow-api` and `winnow-worker`.",
  }),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS)
    .prefault("parentbased_always_on")
    .meta({
      description: `Which requests are traced: ${SAMPLERS.map((name) => `\`${name}\``).join(", ")}.`,
    }),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^[\d.]+$/.test(text) && Number(text) <= 1, "must be a number from 0 to 1")
    .optional()
    .meta({ description: "The share of requests that the samplers with `traceidratio` take." }),
  OTEL_SDK_DISABLED: flag()
    .prefault("false")
    .meta({ description: "`true` switches traces off, whatever the others say." }),
} as const;

type Given = Readonly<
  Partial<
    Record<
      "OTEL_EXPORTER_OTLP_ENDPOINT" | "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" | "OTEL_TRACES_EXPORTER",
      string | undefined
    >
  > & { OTEL_SDK_DISABLED: boolean }
>;

/** Whether the parsed settings switch traces on. */
export function isTracing(settings: Given): boolean {
  if (settings.OTEL_SDK_DISABLED) return false;
  if (settings.OTEL_TRACES_EXPORTER !== undefined) return settings.OTEL_TRACES_EXPORTER === "otlp";
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole } = settings;
  return base !== undefined || whole !== undefined;
}
