import { Agent, type ClientRequest, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { FoldTrainingParams } from "@winnow/contracts";
import { createFoldTraining, recordEvent, type Store, withTransaction } from "@winnow/store";
import { claim } from "../service/seeded-run.js";

const JOBS = 20;
const ROUNDS = 10;

/**
 * Opens `streams` event streams at once, over 20 running jobs, and writes ten events to every job.
 * Returns the milliseconds from each event's commit to each stream, sorted, and how many never came.
 */
export async function measureStreams(
  service: { readonly url: string; readonly headers: Record<string, string> },
  store: Store,
  datasetId: string,
  streams: number,
): Promise<{ delaysMs: number[]; missing: number }> {
  const held: Awaited<ReturnType<typeof claim>>[] = [];
  for (let n = 0; n < JOBS; n++) {
    const params = FoldTrainingParams.parse({ datasetId, folds: 2, seed: n });
    const jobId = await withTransaction(store, (tx) => createFoldTraining(tx, params));
    held.push(await claim(store, jobId, 0));
  }
  const delaysMs: number[] = [];
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const open = await Promise.all(
    Array.from({ length: streams }, (_, n) =>
      watch(
        `${service.url}/v1/jobs/${held[n % JOBS]!.jobId}/events`,
        agent,
        service.headers,
        (at) => delaysMs.push(Date.now() - at),
      ),
    ),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const taken of held) {
      await recordEvent(store, taken, "log", { sentAt: Date.now() });
    }
    await sleep(1_000);
  }
  const wanted = streams * ROUNDS;
  for (let waited = 0; delaysMs.length < wanted && waited < 100; waited++) await sleep(100);
  for (const request of open) request.destroy();
  return { delaysMs: delaysMs.sort((a, b) => a - b), missing: wanted - delaysMs.length };
}

/** Resolves once the stream's first bytes are there. */
function watch(
  url: string,
  agent: Agent,
  headers: Record<string, string>,
  onEvent: (sentAt: number) => void,
): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { accept: "text/event-stream", ...headers } });
    request.on("error", reject);
    request.on("response", (response) => {
      if (response.statusCode !== 200) {
        reject(new Error(`a stream: ${response.statusCode}`));
        return;
      }
      let text = "";
      response.setEncoding("utf8");
      response.once("data", () => resolve(request));
      response.on("error", () => {});
      response.on("data", (chunk: string) => {
        const parts = (text + chunk).split("\n\n");
        text = parts.pop() ?? "";
        for (const part of parts) {
          const at = /"sentAt":(\d+)/.exec(part)?.[1];
          if (at) onEvent(Number(at));
        }
      });
    });
  });
}
