/**
 * node worst-labels.ts FILE.csv TEXT_COLUMN LABEL_COLUMN [FOLDS]: the ten worst labels of a csv file,
 * through the typed client (`npm install @winnow/client`). Node before 22.18 runs what `tsc` makes of it.
 */
import { openAsBlob } from "node:fs";
import { allItems, createClient, type Job } from "@winnow/client";

const [file, textColumn, labelColumn, folds = process.env.FOLDS ?? "3"] = process.argv.slice(2);
if (!file || !textColumn || !labelColumn) throw new Error("FILE.csv TEXT_COLUMN LABEL_COLUMN?");
const client = createClient(process.env.WINNOW_URL ?? "http://127.0.0.1:8080", {
  apiKey: process.env.WINNOW_API_KEY,
});

/** The job once it has succeeded. Throws with the job's own error otherwise. */
async function succeeded(id: string): Promise<Job> {
  const job = await client.jobs.wait(id, {
    onProgress: ({ kind, phase }) => console.error(`${kind}: ${phase ?? "waiting"}`),
  });
  if (job.state === "succeeded") return job;
  throw new Error(`${job.kind} ${job.state}: ${job.error?.detail ?? "no reason given"}`);
}

/** What is there once the job has succeeded. */
function made(id: string | null | undefined): string {
  if (id) return id;
  throw new Error("the job made nothing");
}

const upload = await client.uploadFile(await openAsBlob(file));
const ingest = await client.call("createDatasetIngest", {
  body: {
    name: "worst labels",
    source: { type: "upload", uploadId: upload.id },
    format: { type: "csv", textColumn, labelColumn },
  },
});
const datasetId = made((await succeeded(ingest.id)).datasetId);
const dataset = await client.call("getDataset", { params: { id: datasetId } });
console.log(`${dataset.rows} rows in ${dataset.classes} classes, ${dataset.rejected} rejected`);

const training = await client.call("createFoldTraining", {
  body: { datasetId, model: { kind: "quick" }, folds: Number(folds), seed: 1, pruning: {} },
});
const { crossValidationId, result } = await succeeded(training.id);
const run = await client.call("getCrossValidation", { params: { id: made(crossValidationId) } });
console.log(`held-out accuracy ${Math.round(100 * (run.accuracy ?? 0))} %`);

const pruned = await succeeded(String(result?.pruningJobId));
const params = { id: made(pruned.pruningId) };
const { flagged } = await client.call("getPruning", { params });
console.log(`${flagged} labels flagged; the worst:`);
let shown = 0;
for await (const { given, suggested, text } of allItems(client, "listFlags", { params })) {
  console.log(`  ${given} -> ${suggested}  ${text}`);
  if (++shown === 10) break;
}
