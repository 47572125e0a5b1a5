/** The demo set through a service over HTTP. */
import { createClient, waitForJob } from "../../packages/client/dist/index.js";
import { DEMO_FORMAT, demoCsv, demoSet } from "../../packages/demo-set/dist/index.js";

/** Ingest, folds, pruning, export; a line about the result. Throws where a job does not succeed. */
export async function walkDemoSet(url, { backend }) {
  const client = createClient(url);
  const succeeded = async ({ id }) => {
    const job = await waitForJob(client, id);
    if (job.state !== "succeeded") {
      throw new Error(`the ${job.kind} is ${job.state}: ${JSON.stringify(job.error)}`);
    }
    return job;
  };
  const upload = await client.upload(new Blob([demoCsv(demoSet())]));
  const source = { type: "upload", uploadId: upload.id };
  const body = { name: "demo", source, format: DEMO_FORMAT };
  const { datasetId } = await succeeded(await client.call("createDatasetIngest", { body }));
  const asked = { datasetId, folds: 2, seed: 1, training: { epochs: 1 }, backend };
  const training = await succeeded(await client.call("createFoldTraining", { body: asked }));
  const { crossValidationId } = training;
  const pruning = await succeeded(
    await client.call("createPruning", { body: { crossValidationId } }),
  );
  const response = await fetch(`${url}/v1/prunings/${pruning.pruningId}/export?format=csv`);
  const lines = (await response.text()).split("\n").length - 1;
  if (!response.ok || lines < 2) throw new Error(`the export answered ${response.status}`);
  const { flagged } = pruning.result;
  return `${backend}: 2 folds, accuracy ${training.result.accuracy}, ${flagged} rows flagged, ${lines} lines exported`;
}

/** A training that names the GPU, where there is none: its events must say that it waits. It is then cancelled. */
export async function waitForGpu(url) {
  const client = createClient(url);
  const [dataset] = (await client.call("listDatasets", { query: { limit: 1 } })).data;
  const body = { datasetId: dataset.id, folds: 2, backend: "tfjs-node-gpu" };
  const job = await client.call("createFoldTraining", { body });
  for (let tries = 0; tries < 120; tries++) {
    const { data } = await client.call("listJobEvents", { params: { id: job.id }, query: {} });
    const waiting = data.find((event) => String(event.data.message).startsWith("waiting for"));
    if (waiting) {
      await client.call("cancelJob", { params: { id: job.id } });
      return `a job that names the GPU waits: ${JSON.stringify(waiting.data)}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("A job that names the GPU does not say that it waits for one.");
}
