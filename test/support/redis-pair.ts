import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@winnow/local-services";
import { Redis } from "ioredis";
import { eventually } from "./jobs.js";
import { openTcpProxy } from "./tcp-proxy.js";

/** A primary and its replica behind one address. */
export interface RedisPair {
  /** Leads to the primary. */
  readonly url: string;
  /** Makes the replica the primary and the primary its replica, and some time later turns the address. */
  demote(turnAfterMs: number): Promise<void>;
  /** Makes the replica the primary and turns the address. The old primary knows nothing of it. */
  isolate(): Promise<void>;
  /** Makes the old primary a replica again, so that the next failover finds one. */
  rejoin(): Promise<void>;
  close(): Promise<void>;
}

interface Server {
  readonly admin: Redis;
  readonly port: number;
  readonly password: string;
}

export async function startRedisPair(): Promise<RedisPair> {
  const folder = mkdtempSync(join(tmpdir(), "winnow-redis-pair-"));
  const services = await Promise.all(
    ["a", "b"].map((name) => startRedis({ dataDir: join(folder, name), durability: "fast" })),
  );
  const servers = services.map(({ url }): Server => {
    const { port, password } = new URL(url);
    return { admin: new Redis(url), port: Number(port), password };
  });
  let [primary, replica] = servers as [Server, Server];
  // One password, so that one URL fits both.
  for (const { admin } of servers) {
    await admin.config("SET", "requirepass", primary.password);
    await admin.config("SET", "masterauth", primary.password);
  }
  replica.admin.options.password = primary.password;
  await follow(replica, primary);
  const proxy = await openTcpProxy(primary.port);
  return {
    url: `redis://:${primary.password}@127.0.0.1:${proxy.port}`,
    async demote(turnAfterMs) {
      [primary, replica] = [replica, primary];
      await primary.admin.call("REPLICAOF", "NO", "ONE");
      await replica.admin.call("REPLICAOF", "127.0.0.1", String(primary.port));
      await sleep(turnAfterMs);
      proxy.leadTo(primary.port);
    },
    async isolate() {
      [primary, replica] = [replica, primary];
      await primary.admin.call("REPLICAOF", "NO", "ONE");
      proxy.leadTo(primary.port);
    },
    rejoin: () => follow(replica, primary),
    async close() {
      await proxy.close();
      for (const { admin } of servers) admin.disconnect();
      await Promise.all(services.map((service) => service.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes the server a replica and waits until it has all that the primary has. */
async function follow(server: Server, primary: Server): Promise<void> {
  await server.admin.call("REPLICAOF", "127.0.0.1", String(primary.port));
  await eventually("the replica to be in sync", async () =>
    (await server.admin.info("replication")).includes("master_link_status:up"),
  );
}
