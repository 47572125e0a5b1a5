import type { Tracing, TracingOptions } from "./spans.js";

/** Traces of this program; null where they are off, and then nothing of OpenTelemetry is loaded. */
export async function openTracing(options: TracingOptions): Promise<Tracing | null> {
  if (!options.on) return null;
  const { startTracing } = await import("./sdk.js");
  return startTracing(options);
}
