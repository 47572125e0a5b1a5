import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "@winnow/contracts";
import { startPostgres, startRedis } from "@winnow/local-services";
import { migrate, openStore, readJob, type Store } from "@winnow/store";
import { inProject } from "./paths.js";

/** A migrated Postgres of the bench's own, and a folder beside it. */
export interface Scratch {
  readonly store: Store;
  readonly folder: string;
  readonly databaseUrl: string;
}

/** Runs `work` on a scratch store, which is gone afterwards. */
export async function withScratchStore<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
  const postgres = await startPostgres({ dataDir: folder });
  try {
    await migrate(postgres.url, inProject("prisma/migrations"));
    const store = openStore({ databaseUrl: postgres.url, applicationName: "bench" });
    try {
      return await work({ store, folder, databaseUrl: postgres.url });
    } finally {
      await store.close();
    }
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `work(worker)` beside a real worker process with the roles cpu and orchestrator. */
export async function withWorker<T>(
  { databaseUrl, folder }: Scratch,
  work: (worker: ChildProcess) => Promise<T>,
): Promise<T> {
  const redis = await startRedis({ dataDir: folder });
  const worker = fork(inProject("apps/worker/dist/main.js"), [], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      STORAGE_DIR: join(folder, "storage"),
      INGEST_ROOT: folder,
      WORKER_ROLES: "cpu,orchestrator",
      LOG_LEVEL: "warn",
    },
  });
  try {
    await once(worker, "message");
    return await work(worker);
  } finally {
    worker.kill("SIGTERM");
    await once(worker, "exit");
    await redis.stop();
  }
}

/** The job once it has succeeded. Throws what it failed with. */
export async function finished(store: Store, jobId: string): Promise<Job> {
  for (;;) {
    const { job } = await readJob(store, jobId);
    if (job.state === "succeeded") return job;
    if (job.state === "failed") throw new Error(JSON.stringify(job.error));
    await sleep(50);
  }
}
