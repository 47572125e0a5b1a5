import { createClient, waitForJob } from "@winnow/client";
import { ROUTES } from "@winnow/contracts";
import { makeCsv, TINY_MODEL } from "./jobs.js";

/** The ids of what a walk made, by the noun in their paths. */
export type Walked = Readonly<Record<string, string>>;

/**
 * The whole way over HTTP: an upload, a dataset, folds that vote on an epoch, a pruning, a webhook.
 * Throws at the first answer that is an error, and at a job that does not succeed.
 */
export async function walkPipeline(url: string, rows = 90): Promise<Walked> {
  const client = createClient(url, { retries: 0 });
  const succeeded = async (id: string) => {
    const job = await waitForJob(client, id);
    if (job.state === "succeeded") return job;
    throw new Error(`the job is ${job.state}: ${JSON.stringify(job.error)}`);
  };
  const upload = await client.upload(new Blob([makeCsv(rows)]));
  const webhook = await client.call("createWebhook", {
    body: { url: "https://hooks.example/winnow", kinds: ["pruning"] },
  });
  const ingest = await client.call("createDatasetIngest", {
    body: {
      name: "walked",
      source: { type: "upload", uploadId: upload.id },
      format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
    },
  });
  const datasetId = (await succeeded(ingest.id)).datasetId!;
  const training = await client.call("createFoldTraining", {
    body: {
      datasetId,
      folds: 2,
      seed: 7,
      model: TINY_MODEL,
      training: { epochs: 2, epochChoice: "vote" },
      backend: "wasm",
    } as never,
  });
  const crossValidationId = (await succeeded(training.id)).crossValidationId!;
  const pruning = await client.call("createPruning", { body: { crossValidationId } });
  const pruningId = (await succeeded(pruning.id)).pruningId!;
  return {
    uploads: upload.id,
    datasets: datasetId,
    "cross-validations": crossValidationId,
    prunings: pruningId,
    jobs: pruning.id,
    webhooks: webhook.id,
  };
}

/** What the API answers to every GET about it: status and body, by path. */
export async function answersAbout(url: string, walked: Walked): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const { method, path } of Object.values(ROUTES)) {
    const noun = /^\/v1\/([^/]+)/.exec(path)?.[1] ?? "";
    const at = path.replace(":id", walked[noun] ?? ":id").replace(":fold", "0");
    if (method !== "GET" || at.includes(":") || !path.startsWith("/v1")) continue;
    const response = await fetch(`${url}${at}`);
    const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
    // A problem names its request, which is another one each time.
    answers.set(path, `${response.status} ${body.replace(/"requestId":"[^"]+"/, "")}`);
  }
  return answers;
}
