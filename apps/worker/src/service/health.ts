import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ReadinessCheck, runReadinessChecks } from "@winnow/contracts";
import type { Logger } from "pino";
import type { WorkerConfig } from "../config.js";
import type { Metrics } from "./metrics.js";

/**
 * Opens the health server; null without a port. A worker that is starting is not ready, even if all
 * checks are fine by now.
 */
export async function openHealth(
  config: WorkerConfig,
  hasStarted: () => boolean,
  checks: readonly ReadinessCheck[],
  metrics: Metrics,
  log: Logger,
): Promise<HealthServer | null> {
  if (config.healthPort === null) return null;
  const address = { host: config.healthHost, port: config.healthPort };
  return openHealthServer(address, hasStarted, checks, metrics, (err, check) =>
    log.warn({ err }, `the readiness check of ${check} failed`),
  );
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/healthz`, `/readyz` (200 or 503, with each check's result) and `/metrics`. Resolves once it
 * listens; port 0 takes a free one.
 */
async function openHealthServer(
  address: { host: string; port: number },
  hasStarted: () => boolean,
  checks: readonly ReadinessCheck[],
  metrics: Pick<Metrics, "text">,
  onFault: (error: unknown, check: string) => void,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const path = request.url?.split("?")[0];
    if (path === "/healthz") return send(200, { status: "ok" });
    if (path === "/metrics") {
      return void metrics.text(request.headers.accept).then(
        ({ contentType, text }) =>
          response.writeHead(200, { "content-type": contentType }).end(text),
        () => send(500, { status: "no metrics" }),
      );
    }
    if (path !== "/readyz") return send(404, { status: "not-found" });
    void runReadinessChecks(checks, onFault).then((report) => {
      const ready = report.ready && hasStarted();
      send(ready ? 200 : 503, { status: ready ? "ready" : "not-ready", checks: report.checks });
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
