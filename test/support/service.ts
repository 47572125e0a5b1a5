import { readFileSync } from "node:fs";
import type { ReadableStream } from "node:stream/web";
import { type Client, createClient } from "@winnow/client";
import { isTerminal, type Job } from "@winnow/contracts";
import type { NodeProcess } from "./node-process.js";
import { type Bench, openBench } from "./worker-process.js";

/** The whole service as it runs: the API's process and a worker's, spoken to over HTTP. */
export interface TestService {
  readonly bench: Bench;
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
  const bench = await openBench();
  const worker = await bench.startWorker({ WORKER_ROLES: "cpu,orchestrator", ...env.worker });
  const api = await bench.startApi(env.api);
  const client = createClient(api.url);
  const ended = async (id: string): Promise<Job> => {
    for (;;) {
      const job = await client.call("getJob", { params: { id }, query: { wait: 30 } });
      if (isTerminal(job.state)) return job;
    }
  };
  return {
    bench,
    api,
    worker,
    client,
    ended,
    async upload(content) {
      const stream = new Blob([content]).stream() as ReadableStream<Uint8Array>;
      return (await client.upload(stream)).id;
    },
    async succeeded(id) {
      const job = await ended(id);
      if (job.state === "succeeded") return job;
      throw new Error(`the job is ${job.state}: ${JSON.stringify(job.error)}`);
    },
    close: () => bench.close(),
  };
}

/** The most memory a process ever held, in bytes, as the kernel kept it. */
export function peakMemory({ pid }: NodeProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
}
