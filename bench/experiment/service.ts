import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startLocalServices } from "@winnow/local-services";
import { migrate } from "@winnow/store";
import { inProject } from "../service/paths.js";
import { type Environment, programsOnly, started, stopped } from "../service/service-processes.js";

export const PARTS = ["worker", "orchestrator", "api"] as const;
export type Part = (typeof PARTS)[number];

/** A service whose processes can be killed one by one, each started again at once. */
export interface KillableService {
  readonly databaseUrl: string;
  /** The API's; the same after it was killed. */
  readonly url: string;
  /** SIGKILL, then a new process; resolves with both ids. */
  kill(part: Part): Promise<{ readonly before: number; readonly after: number }>;
}

/**
 * Runs `work(service)` beside Postgres, Redis, a worker, an orchestrator and an API in `folder`.
 * What the folder holds stays, and a later call goes on with it.
 */
export async function withKillableService<T>(
  folder: string,
  settings: Environment,
  work: (service: KillableService) => Promise<T>,
): Promise<T> {
  const services = await startLocalServices({
    dataDir: folder,
    durability: "safe",
    env: programsOnly(),
  });
  const common = {
    PATH: process.env.PATH,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    STORAGE_DIR: join(folder, "storage"),
    LOG_LEVEL: "warn",
    ...settings,
  };
  let port = "0";
  const start: Record<Part, () => ReturnType<typeof started>> = {
    worker: () => started("apps/worker/dist/main.js", { ...common, WORKER_ROLES: "cpu,trainer" }),
    orchestrator: () =>
      started("apps/worker/dist/main.js", { ...common, WORKER_ROLES: "orchestrator" }),
    api: () => started("apps/api/dist/main.js", { ...common, PORT: port }),
  };
  const running = new Map<Part, ChildProcess>();
  try {
    await migrate(services.databaseUrl, inProject("prisma/migrations"));
    let url = "";
    for (const part of PARTS) {
      const { child, said } = await start[part]();
      running.set(part, child);
      if (part === "api") url = (said as { url: string }).url;
    }
    port = new URL(url).port;
    return await work({
      databaseUrl: services.databaseUrl,
      url,
      async kill(part) {
        const victim = running.get(part)!;
        const gone = victim.exitCode === null ? once(victim, "exit") : undefined;
        victim.kill("SIGKILL");
        await gone;
        const { child } = await start[part]();
        running.set(part, child);
        return { before: victim.pid!, after: child.pid! };
      },
    });
  } finally {
    for (const part of [...PARTS].reverse()) {
      const child = running.get(part);
      if (child) await stopped(child);
    }
    await services.stop();
  }
}
