import { readFileSync } from "node:fs";
import { type Client, createClient, waitForJob } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import type { NodeProcess } from "./node-process.js";
import { openWorkerFixture, type WorkerFixture } from "./worker-fixture.js";

/** The whole service as it runs: the API's process and a worker's, spoken to over HTTP. */
export interface TestService {
  readonly fixture: WorkerFixture;
  readonly api: NodeProcess & { readonly url: string };
  readonly worker: NodeProcess;
  readonly client: Client;
  /** Uploads bytes; returns the upload's id. */
  upload(content: string | Uint8Array<ArrayBuffer>): Promise<string>;
  /** The job once it has ended, by long polls. */
  ended(jobId: string): Promise<Job>;
  /** The ended job; fails with its error unless it succeeded. */
  succeeded(jobId: string): Promise<Job>;
  close(): Promise<void>;
}

export async function openService(
  env: { api?: Record<string, string>; worker?: Record<string, string> } = {},
): Promise<TestService> {
  const fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator", ...env.worker });
  const api = await fixture.startApi(env.api);
  const client = createClient(api.url);
  const ended = (id: string): Promise<Job> => waitForJob(client, id);
  return {
    fixture,
    api,
    worker,
    client,
    ended,
    upload: async (content) => (await client.upload(new Blob([content]))).id,
    async succeeded(id) {
      const job = await ended(id);
      if (job.state === "succeeded") return job;
      throw new Error(`the job is ${job.state}: ${JSON.stringify(job.error)}`);
    },
    close: () => fixture.close(),
  };
}

/** The most memory a process ever held, in bytes, as the kernel kept it. */
export function peakMemory({ pid }: Pick<NodeProcess, "pid">): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}
