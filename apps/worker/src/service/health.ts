import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, type ReadinessCheck, runReadinessChecks } from "@winnow/contracts";
import { ping, type Store } from "@winnow/store";
import type { Logger } from "pino";
import type { WorkerConfig } from "../config.js";
import type { Queues } from "../queue/producer.js";
import type { Breaker } from "../trainer/breaker.js";
import type { Metrics } from "./metrics.js";

/** Opens the health server with this worker's checks; null without a port. */
export async function openHealth(
  config: WorkerConfig,
  store: Store,
  queues: Queues,
  breaker: Pick<Breaker, "open">,
  metrics: Metrics,
  log: Logger,
): Promise<HealthServer | null> {
  if (config.healthPort === null) return null;
  const checks: ReadinessCheck[] = [
    { name: "postgres", run: () => ping(store) },
    { name: "redis", run: () => queues.ping() },
  ];
  if (config.roles.has("trainer")) {
    checks.push({
      name: "trainers",
      async run() {
        if (breaker.open) throw new AppError("not-ready", "trainers die as soon as they start");
      },
    });
  }
  const address = { host: config.healthHost, port: config.healthPort };
  return openHealthServer(address, checks, metrics, (err, check) =>
    log.warn({ err }, `${check} does not answer the readiness check`),
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
  checks: readonly ReadinessCheck[],
  metrics: Pick<Metrics, "text" | "contentType">,
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
