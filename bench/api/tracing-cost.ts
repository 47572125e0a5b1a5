import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createApiKey, openStore } from "@winnow/store";
import autocannon from "autocannon";
import pg from "pg";
import { cpuSeconds } from "../service/figures.js";
import { type Service, withService } from "../service/service-processes.js";
import { type LoadRequest, postsPerSecond } from "./enqueue.js";
import { seedCrossValidation } from "./seed.js";

/** What the posts took: seconds of CPU of the API and of the orchestrator that relays their tasks. */
export interface TracingCost {
  readonly apiSeconds: number;
  readonly relaySeconds: number;
  readonly acceptedPerSecond: number;
  /** That the collector was sent. */
  readonly spans: number;
}

/** Longer than spans wait for their batch. */
const FLUSH_MS = 7_000;
const WARM_POSTS = 300;

/**
 * POSTs of prunings that no worker takes, `atOnce` of them under way, to a service of its own: every
 * request is traced, and every task's way through the outbox, so that nothing hides the cost.
 */
export async function measureTracing(
  { isTraced }: { readonly isTraced: boolean },
  posts: number,
  atOnce: number,
): Promise<TracingCost> {
  const collector = await startCollector();
  const env = isTraced ? { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } : {};
  const settings = {
    worker: { WORKER_ROLES: "orchestrator", ...env },
    api: { RATE_LIMIT_PER_MINUTE: "1000000000", QUOTA_OPEN_JOBS: "0", ...env },
  };
  try {
    return await withService(settings, async (service) => {
      const post = await postOf(service);
      await autocannon({ ...post, connections: 20, amount: WARM_POSTS });
      await relayed(service);
      const before = { spans: collector.spans(), ...cpuOf(service) };
      const acceptedPerSecond = await postsPerSecond(post, posts, atOnce);
      await relayed(service);
      const after = cpuOf(service);
      return {
        apiSeconds: after.api - before.api,
        relaySeconds: after.relay - before.relay,
        acceptedPerSecond,
        spans: collector.spans() - before.spans,
      };
    });
  } finally {
    await collector.close();
  }
}

const cpuOf = ({ api, worker }: Service) => ({
  api: cpuSeconds([api.pid!]),
  relay: cpuSeconds([worker.pid!]),
});

async function postOf(service: Service): Promise<LoadRequest> {
  const store = openStore({ databaseUrl: service.databaseUrl, applicationName: "bench" });
  try {
    const { crossValidationId } = await seedCrossValidation(store);
    const newKey = { name: "bench", scope: "write", expiresAt: null } as const;
    const { token } = await createApiKey(store, newKey, "bench");
    return {
      url: `${service.url}/v1/jobs/pruning`,
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ crossValidationId }),
    };
  } finally {
    await store.close();
  }
}

/** Resolves once the outbox is empty and the spans of it have been sent. */
async function relayed({ databaseUrl }: Service): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    for (;;) {
      const { rows } = await pool.query(
        "SELECT count(*)::int AS waiting FROM outbox WHERE sent_at IS NULL",
      );
      if (rows[0].waiting === 0) break;
      await sleep(200);
    }
  } finally {
    await pool.end();
  }
  await sleep(FLUSH_MS);
}

/** Takes OTLP over HTTP on loopback, and counts the spans. */
async function startCollector() {
  let spans = 0;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    spans += body.split('"spanId"').length - 1;
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
