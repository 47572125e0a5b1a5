import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it was sent. */
export interface SentSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly events: readonly string[];
}

/** A collector of traces on loopback: OTLP over HTTP, as JSON. */
export interface TraceCollector {
  /** What switches traces on, and has them sent soon. */
  readonly env: Record<string, string>;
  readonly spans: readonly SentSpan[];
  /** Everything that was sent, as it came. */
  body(): string;
  /** How many connections were made. */
  connections(): number;
  close(): Promise<void>;
}

/** With `silent` it takes connections and answers nothing. */
export async function startTraceCollector({ silent = false } = {}): Promise<TraceCollector> {
  const spans: SentSpan[] = [];
  const bodies: string[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    if (silent) return;
    const body = await textOf(request);
    bodies.push(body);
    spans.push(...spansOf(JSON.parse(body)));
    response.setHeader("content-type", "application/json").end("{}");
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: "200",
    },
    spans,
    body: () => bodies.join("\n"),
    connections: () => connections,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

interface Otlp {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly status: { readonly code?: number };
        readonly attributes: readonly Attribute[];
        readonly events: readonly { readonly name: string }[];
      }[];
    }[];
  }[];
}

function spansOf({ resourceSpans }: Otlp): SentSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(valuesOf(resource.attributes)["service.name"]),
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? "",
        name: span.name,
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        failed: span.status.code === 2,
        attributes: valuesOf(span.attributes),
        events: span.events.map(({ name }) => name),
      })),
    ),
  );
}

const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [[type, found]] = Object.entries(value) as [[string, string | number | boolean]];
      return [key, type === "intValue" ? Number(found) : found];
    }),
  );

const BAR = 40;

/** A trace as lines: what stands below what, when it began and how long it took, in milliseconds. */
export function pictureOf(spans: readonly SentSpan[]): string {
  const from = Math.min(...spans.map(({ startMs }) => startMs));
  const perColumn = (Math.max(...spans.map(({ endMs }) => endMs)) - from) / BAR;
  const column = (ms: number) => Math.round((ms - from) / perColumn);
  const below = (parent: string, indent: string): string[] =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .sort((a, b) => a.startMs - b.startMs)
      .flatMap(({ spanId, name, service, startMs, endMs }) => {
        const bar = "=".repeat(Math.max(1, column(endMs) - column(startMs)));
        const figures = [startMs - from, endMs - startMs].map((ms) => String(Math.round(ms)));
        const line = [
          `${indent}${name}`.padEnd(29),
          service.replace("winnow-", "").padEnd(6),
          ...figures.map((figure) => figure.padStart(5)),
          `|${" ".repeat(column(startMs))}${bar}`,
        ];
        return [line.join(" "), ...below(spanId, `${indent}  `)];
      });
  return below("", "").join("\n");
}
