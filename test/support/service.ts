import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@winnow/cli";
import { isTerminal, type Job } from "@winnow/contracts";
import { type Bench, openBench, type WorkerProcess } from "./worker-process.js";

const main = fileURLToPath(new URL("../../apps/api/dist/main.js", import.meta.url));

/** The whole service as it runs: the API's process and a worker's, on a database of their own. */
export interface TestService {
  readonly url: string;
  readonly client: Client;
  readonly bench: Bench;
  readonly api: ChildProcess;
  readonly worker: WorkerProcess;
  /** The job once it has ended, by long polls. */
  ended(jobId: string): Promise<Job>;
  /** The ended job; fails with its error unless it succeeded. */
  succeeded(jobId: string): Promise<Job>;
  close(): Promise<void>;
}

export async function openService(
  env: { api?: Record<string, string>; worker?: Record<string, string> } = {},
): Promise<TestService> {
  const bench = await openBench();
  const worker = await bench.startWorker({ WORKER_ROLES: "cpu,orchestrator", ...env.worker });
  const api = fork(main, [], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: bench.databaseUrl,
      STORAGE_DIR: bench.storageDir,
      PORT: "0",
      LOG_LEVEL: "warn",
      ...env.api,
    },
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const url = await listening(api);
  const client = createClient(url);
  const ended = async (id: string): Promise<Job> => {
    for (;;) {
      const job = await client.call("getJob", { params: { id }, query: { wait: 30 } });
      if (isTerminal(job.state)) return job;
    }
  };
  return {
    url,
    client,
    bench,
    api,
    worker,
    ended,
    async succeeded(id) {
      const job = await ended(id);
      if (job.state === "succeeded") return job;
      throw new Error(`the job is ${job.state}: ${JSON.stringify(job.error)}`);
    },
    async close() {
      api.kill("SIGTERM");
      if (api.exitCode === null && api.signalCode === null) await once(api, "exit");
      await bench.close();
    },
  };
}

/** The most memory a process ever held, in bytes, as the kernel kept it. */
export function peakMemory({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

async function listening(api: ChildProcess): Promise<string> {
  const told = once(api, "message").then(([message]) => (message as { url: string }).url);
  const gone = once(api, "exit").then(([code]) => {
    throw new Error(`the API ended with ${code} before it listened`);
  });
  gone.catch(() => {});
  return Promise.race([told, gone]);
}
