import type { CallInput } from "@winnow/client";
import type { DatasetFormat, Sample } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import type { TestService } from "./service.js";

/** A file that was ingested, and a pruning that flags the rows that were asked for. */
export interface PrunedFile {
  readonly datasetId: string;
  readonly pruningId: string;
  readonly samples: readonly Sample[];
}

/**
 * Ingests a file and prunes it by imported probabilities: the rows of `flagged` are flagged, each with
 * the class after its own as the suggestion.
 */
export async function pruneFile(
  service: TestService,
  file: string | Uint8Array<ArrayBuffer>,
  format: DatasetFormat,
  flagged: readonly number[] = [],
  params: object = {},
): Promise<PrunedFile> {
  const { client } = service;
  const { id } = await client.call("createDatasetIngest", {
    body: {
      name: format.type,
      source: { type: "upload", uploadId: await service.upload(file) },
      format,
      ...params,
    },
  });
  const datasetId = (await service.succeeded(id)).datasetId as string;
  return { datasetId, ...(await pruneDataset(service, datasetId, flagged)) };
}

/** Prunes a dataset as `pruneFile` does. */
export async function pruneDataset(
  service: TestService,
  datasetId: string,
  flagged: readonly number[] = [],
): Promise<Omit<PrunedFile, "datasetId">> {
  const { client } = service;
  const { classes } = await client.call("getDataset", { params: { id: datasetId } });
  const k = classes as number;
  const { data: samples } = await client.call("listSamples", {
    params: { id: datasetId },
    query: { limit: 1000 },
  });
  const probabilities = new Float32Array(samples.length * k).fill(0.1 / (k - 1));
  for (const { ordinal, labelIndex } of samples) {
    const best = flagged.includes(ordinal) ? (labelIndex + 1) % k : labelIndex;
    probabilities[ordinal * k + best] = 0.9;
  }
  const npy = Buffer.concat([
    npyHeader({ dtype: "float32", shape: [samples.length, k] }),
    Buffer.from(probabilities.buffer),
  ]);
  const job = await client.call("createProbabilityImport", {
    body: {
      datasetId,
      probabilitiesUploadId: await service.upload(npy),
      pruning: { method: "argmax" },
    },
  });
  const imported = await service.succeeded(job.id);
  const pruned = await service.succeeded(imported.result?.pruningJobId as string);
  return { pruningId: pruned.pruningId as string, samples };
}

/** The bytes of an export. */
export async function exportedFile(
  { client }: TestService,
  pruningId: string,
  query: NonNullable<CallInput<"exportPruning">["query"]>,
): Promise<Buffer<ArrayBuffer>> {
  const stream = await client.download("exportPruning", { params: { id: pruningId }, query });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
