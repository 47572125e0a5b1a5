/**
 * node examples/worst-labels.mjs FILE.csv TEXT_COLUMN LABEL_COLUMN [FOLDS]: the ten worst labels of a
 * csv file, through the typed client. Build the repository first (`npm run prepare:all`).
 */
import { openAsBlob } from "node:fs";
import { createClient } from "@winnow/client";

const [file, textColumn, labelColumn, folds = "3"] = process.argv.slice(2);
const client = createClient(process.env.WINNOW_URL ?? "http://127.0.0.1:8080", {
  apiKey: process.env.WINNOW_API_KEY,
});

/** The job once it has succeeded. Throws with the job's own error otherwise. */
async function succeeded({ id }) {
  const job = await client.jobs.wait(id);
  if (job.state === "succeeded") return job;
  throw new Error(`${job.kind} ${job.state}: ${job.error?.detail ?? "no reason given"}`);
}

const upload = await client.uploadFile(await openAsBlob(file));
const { datasetId } = await succeeded(
  await client.call("createDatasetIngest", {
    body: {
      name: "worst labels",
      source: { type: "upload", uploadId: upload.id },
      format: { type: "csv", textColumn, labelColumn },
    },
  }),
);
const dataset = await client.call("getDataset", { params: { id: datasetId } });
console.log(`${dataset.rows} rows in ${dataset.classes} classes, ${dataset.rejected} rejected`);

const training = await succeeded(
  await client.call("createFoldTraining", {
    body: { datasetId, folds: Number(folds), seed: 1, pruning: {} },
  }),
);
console.log(`held-out accuracy ${Math.round(100 * training.result.accuracy)} %`);
await succeeded({ id: training.result.pruningJobId });

const params = { id: training.result.pruningId };
const pruning = await client.call("getPruning", { params });
console.log(`${pruning.flagged} labels flagged; the worst:`);
const { data } = await client.call("listFlags", { params, query: { limit: 10 } });
for (const { given, suggested, text } of data) console.log(`  ${given} -> ${suggested}  ${text}`);
