import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const index = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** Two traces of three spans, the second below a caller's that is not sampled; then the program ends. */
const PROGRAM = `
  const { openTracing } = await import(${JSON.stringify(index)});
  const tracing = await openTracing({
    on: true, service: "winnow-test", version: "1.2.3", instance: "one",
    onError: (error) => console.log("told:", error.message),
  });
  for (const parent of [null, "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-00"]) {
    const root = tracing.start("root", parent, { kind: "server", startedAt: 1000 });
    const child = root.child("child", { attributes: { id: "x", none: null } });
    child.fail("storage-full");
    child.end();
    tracing.start("elsewhere", root.traceParent).end();
    root.end(3000);
  }
  await tracing.close();`;

/** Runs the program with the variables; resolves with what the collector got, and what was printed. */
async function run(env: Record<string, string>, status = 200) {
  const bodies: string[] = [];
  const headers: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      headers.push(request.headers.authorization);
      response.writeHead(status).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "-e", PROGRAM],
    {
      env: {
        PATH: process.env.PATH,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        ...env,
      },
    },
  );
  server.closeAllConnections();
  server.close();
  return { sent: bodies.map((body) => JSON.parse(body)), headers, stdout };
}

it("spans that are sampled are sent at the end, with their times, parents and failures", async () => {
  const { sent, headers, stdout } = await run({
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20key",
  });
  expect([sent.length, headers, stdout]).toEqual([1, ["Bearer key"], ""]);
  const [{ resource, scopeSpans }] = sent[0].resourceSpans;
  const textOf = (name: string) =>
    resource.attributes.find(({ key }: { key: string }) => key === name)?.value.stringValue;
  expect(["service.name", "service.version", "service.instance.id"].map(textOf)).toEqual([
    "winnow-test",
    "1.2.3",
    "one",
  ]);
  const [child, elsewhere, root] = scopeSpans[0].spans;
  expect(root).toMatchObject({
    name: "root",
    startTimeUnixNano: "1000000000",
    endTimeUnixNano: "3000000000",
  });
  expect(root.parentSpanId ?? "").toBe("");
  for (const span of [child, elsewhere]) {
    expect([span.traceId, span.parentSpanId]).toEqual([root.traceId, root.spanId]);
  }
  expect(child.status).toEqual({ code: 2, message: "storage-full" });
  expect(child.attributes.map(({ key }: { key: string }) => key)).toEqual(["id", "error.type"]);
  expect(scopeSpans[0].spans).toHaveLength(3);
});

it("the standard variables name the service and the sampler", async () => {
  const { sent } = await run({ OTEL_SERVICE_NAME: "mine" });
  expect(JSON.stringify(sent[0].resourceSpans[0].resource)).toContain('"mine"');
  expect((await run({ OTEL_TRACES_SAMPLER: "always_off" })).sent).toEqual([]);
  const all = (await run({ OTEL_TRACES_SAMPLER: "always_on" })).sent[0];
  expect(all.resourceSpans[0].scopeSpans[0].spans).toHaveLength(6);
});

it("a collector that refuses the spans is told of, and nothing is thrown", async () => {
  expect((await run({}, 401)).stdout).toContain("told: ");
});
