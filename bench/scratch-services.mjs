import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPostgres, startRedis } from "@winnow/local-services";
import { migrate, openStore, readJob } from "@winnow/store";

const migrations = fileURLToPath(new URL("../prisma/migrations", import.meta.url));
const workerPath = fileURLToPath(new URL("../apps/worker/dist/main.js", import.meta.url));

/** Runs `work(store, folder, url)` on a migrated Postgres of the bench's own, gone afterwards. */
export async function withScratchStore(work) {
  const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
  const postgres = await startPostgres({ dataDir: folder });
  try {
    await migrate(postgres.url, migrations);
    const store = openStore({ databaseUrl: postgres.url, applicationName: "bench" });
    try {
      return await work(store, folder, postgres.url);
    } finally {
      await store.close();
    }
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `work(worker)` beside a real worker process with the roles cpu and orchestrator. */
export async function withWorker(databaseUrl, folder, work) {
  const redis = await startRedis({ dataDir: folder });
  const worker = fork(workerPath, [], {
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
export async function finished(store, jobId) {
  for (;;) {
    const { job } = await readJob(store, jobId);
    if (job.state === "succeeded") return job;
    if (job.state === "failed") throw new Error(JSON.stringify(job.error));
    await sleep(50);
  }
}

export const round = (value, digits = 2) => Number(value.toFixed(digits));
export const megabytes = (bytes) => Math.round(bytes / 1e6);

/** MB at the highest, as the kernel kept it. */
export function peakRss(pid) {
  return megabytes(statusOf(pid, "VmHWM") * 1024);
}

/** MB of anonymous memory that Postgres' processes hold now; its shared buffers stand apart. */
export function postgresMemory(folder) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const mine = pids.filter((pid) => {
    const line = readOrNothing(`/proc/${pid}/cmdline`);
    return line.includes(folder) || line.startsWith("postgres:");
  });
  return megabytes(mine.reduce((sum, pid) => sum + statusOf(pid, "RssAnon") * 1024, 0));
}

function statusOf(pid, field) {
  const found = new RegExp(`${field}:\\s+(\\d+)`).exec(readOrNothing(`/proc/${pid}/status`));
  return found ? Number(found[1]) : 0;
}

function readOrNothing(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
