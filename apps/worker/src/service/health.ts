import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ReadinessCheck, runReadinessChecks } from "@winnow/contracts";
import type { Metrics } from "./metrics.js";

/**
 * Answers `/healthz` while the process lives, `/readyz` with 200 or 503 and each check's result, and
 * `/metrics`. Resolves once it listens; port 0 takes a free one.
 */
export async function openHealthServer(
  address: { host: string; port: number },
  checks: readonly ReadinessCheck[],
  metrics: Pick<Metrics, "text" | "contentType">,
  onFault: (error: unknown, check: string) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const path = request.url?.split("?")[0];
    if (path === "/healthz") return send(200, { status: "ok" });
    if (path === "/metrics") {
      return void metrics.text().then(
        (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
        () => send(500, { status: "no metrics" }),
      );
    }
    if (path !== "/readyz") return send(404, { status: "not-found" });
    void runReadinessChecks(checks, onFault).then((results) => {
      const ready = results.every(({ ok }) => ok);
      send(ready ? 200 : 503, { status: ready ? "ready" : "not-ready", checks: results });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
