import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, makeCsv, postIngest, postTraining, succeeded } from "../support/jobs.js";
import { childrenOf, openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

/** How long a busy machine may need for a job. */
const PATIENT_MS = 300_000;

const main = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));

/** Space for checkpoints, and a model of which one state fits into it and two do not. */
const { mib, hiddenSize } = scaled({
  full: { mib: 64, hiddenSize: 512 },
  short: { mib: 2, hiddenSize: 96 },
});
const MODEL = {
  preset: { hiddenSize, embeddingSize: 32, layers: 1, heads: 2, intermediateSize: 4 * hiddenSize },
  maxLength: 16,
};

let fixture: WorkerFixture;
let datasetId: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const ingest = await succeeded(
    fixture.store,
    await postIngest(fixture, makeCsv(120)),
    PATIENT_MS,
  );
  datasetId = ingest.datasetId as string;
  await worker.stop();
});

afterAll(async () => {
  await fixture.close();
});

/** A small filesystem in namespaces of the worker's own, or, where those are forbidden, a limit on its files. */
function wayToFill(): { name: string; script: string } {
  const folder = join(fixture.storageDir, "checkpoints");
  const mount = `mount -t tmpfs -o size=${mib}m tmpfs '${folder}'`;
  const tried = spawnSync("unshare", ["-rm", "sh", "-c", mount]);
  if (tried.status === 0) return { name: `tmpfs of ${mib} MiB`, script: `${mount} && exec` };
  return { name: "RLIMIT_FSIZE", script: `ulimit -f ${(mib * 1024 * 2) / 8} && exec` };
}

async function startInSmallRoom(way: { script: string }): Promise<ChildProcess> {
  const [command, ...args] = way.script.startsWith("mount")
    ? ["unshare", "-rm", "sh", "-c"]
    : ["sh", "-c"];
  const worker = spawn(
    command as string,
    [...args, `${way.script} "${process.execPath}" "${main}"`],
    {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: fixture.databaseUrl,
        REDIS_URL: fixture.redisUrl,
        QUEUE_PREFIX: fixture.queuePrefix,
        STORAGE_DIR: fixture.storageDir,
        // Both folds at once: each attempt loads the whole library, which is what takes the time.
        TRAINER_CONCURRENCY: "2",
        CHECKPOINT_INTERVAL_MS: "100",
      },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    },
  );
  await once(worker, "message");
  return worker;
}

/** Whether a file says what its seal says: magic, sha256 of the rest, the rest. */
function isWhole(path: string): boolean {
  const bytes = readFileSync(path);
  return createHash("sha256").update(bytes.subarray(40)).digest().equals(bytes.subarray(8, 40));
}

it("the disk fills: the job fails with storage-full, the worker stays up, no broken state is left or loaded", async (context) => {
  const chaos = chaosOf(context);
  mkdirSync(join(fixture.storageDir, "checkpoints"), { recursive: true });
  const way = wayToFill();
  const worker = await startInSmallRoom(way);
  let output = "";
  worker.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const training = { epochs: 30, batchSize: 8 };
  const jobId = await postTraining(fixture.store, datasetId, { model: MODEL, folds: 2, training });
  const job = await ended(fixture.store, jobId, 600_000);
  expect(job).toMatchObject({ state: "failed", error: { code: "storage-full", status: 507 } });
  expect(job.error?.detail).toMatch(/^No space is left in STORAGE_DIR/);
  expect(worker.exitCode).toBeNull();
  // The other fold's child may still be writing a state when the job has failed.
  await vi.waitFor(() => expect(childrenOf({ child: worker })).toEqual([]), {
    timeout: PATIENT_MS,
  });
  // As the worker sees it, from inside its namespace.
  const root = join(`/proc/${worker.pid}/root`, fixture.storageDir, "checkpoints");
  const files = readdirSync(root).flatMap((task) =>
    existsSync(join(root, task))
      ? readdirSync(join(root, task)).map((f) => join(root, task, f))
      : [],
  );
  chaos.tell({
    space: way.name,
    attempts: job.attempt,
    "states left": files.length,
    broken: files.filter((path) => !isWhole(path)).length,
  });
  expect(files.filter((path) => !isWhole(path))).toEqual([]);
  expect(output).not.toContain("is damaged");
  // The worker continues with tasks that need no space there, and with folds once there is space again.
  await succeeded(fixture.store, await postIngest(fixture, makeCsv(30)), PATIENT_MS);
  for (const path of files) rmSync(path);
  await succeeded(
    fixture.store,
    await postTraining(fixture.store, datasetId, { folds: 2, training: { epochs: 1 } }),
    PATIENT_MS,
  );
  chaos.tell({ "jobs afterwards": 2 });
  worker.kill("SIGTERM");
  await once(worker, "close");
  expect(worker.exitCode).toBe(0);
});
