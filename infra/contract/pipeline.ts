/** The pipeline by the types that openapi-typescript makes: `pipeline.ts URL [KEY]`. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Job = components["schemas"]["Job"];

const [url = "", key] = process.argv.slice(2);
const client = createClient<paths>({
  baseUrl: url,
  ...(key && { headers: { authorization: `Bearer ${key}` } }),
});

function answered<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

async function ended(answer: Job | components["schemas"]["JobValidation"]): Promise<Job> {
  if (!("id" in answer)) throw new Error("no job was queued");
  let job = answer;
  for (const until = Date.now() + 240_000; ["queued", "running"].includes(job.state); ) {
    if (Date.now() > until) throw new Error(`${job.id} is still ${job.state}`);
    const params = { path: { id: job.id }, query: { wait: 5 } };
    job = answered(await client.GET("/v1/jobs/{id}", { params }));
  }
  if (job.state !== "succeeded") throw new Error(JSON.stringify(job.error));
  return job;
}

const words = { sport: "goal match team", food: "bread soup cheese", music: "song band drum" };
const rows = Array.from({ length: 30 }, (_, n) =>
  Object.entries(words).map(([label, text]) => `${text} ${n},${n % 9 ? label : "food"}`),
).flat();

const upload = answered(
  await client.POST("/v1/uploads", {
    body: ["text,label", ...rows].join("\n"),
    headers: { "content-type": "application/octet-stream" },
    bodySerializer: (body) => body as string,
  }),
);
const ingest = { name: "contract", source: { type: "upload" as const, uploadId: upload.id } };
const { datasetId } = await ended(
  answered(await client.POST("/v1/jobs/dataset-ingest", { body: ingest })),
);
const model = {
  preset: { hiddenSize: 8, embeddingSize: 8, layers: 1, heads: 2, intermediateSize: 16 },
};
const training = { datasetId: datasetId!, folds: 2, model, training: { epochs: 1 } };
const { crossValidationId } = await ended(
  answered(await client.POST("/v1/jobs/fold-training", { body: training })),
);
const { pruningId } = await ended(
  answered(
    await client.POST("/v1/jobs/pruning", { body: { crossValidationId: crossValidationId! } }),
  ),
);
const path = { id: pruningId! };
const { flagged } = answered(await client.GET("/v1/prunings/{id}", { params: { path } }));
const flags = answered(
  await client.GET("/v1/prunings/{id}/flags", { params: { path, query: { limit: 1000 } } }),
);
if (flagged !== flags.data.length) throw new Error(`${flagged} flags, ${flags.data.length} listed`);
console.log(
  `typescript: ${upload.id}, ${datasetId}, ${crossValidationId}, ${pruningId}: ${flagged} flags`,
);
