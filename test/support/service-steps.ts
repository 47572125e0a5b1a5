import type { CrossValidation, DatasetFormat, Job } from "@winnow/contracts";
import { readProbabilityBlocks } from "@winnow/store";
import { makeCsv } from "./jobs.js";
import type { TestService } from "./service.js";

/** Of `makeCsv`: its ids and its true labels. */
const GENERATED = { type: "csv", idColumn: "id", trueLabelColumn: "truth" } as const;

/** Ingests a csv, by default one of `makeCsv`; returns the dataset's id. */
export async function ingestCsv(
  service: TestService,
  csv: string = makeCsv(600),
  format: DatasetFormat = GENERATED,
): Promise<string> {
  const uploadId = await service.upload(csv);
  const { id } = await service.client.call("createDatasetIngest", {
    body: { name: "generated", source: { type: "upload", uploadId }, format },
  });
  return (await service.succeeded(id)).datasetId as string;
}

/** Trains and waits; the ended job and the cross-validation's id. */
export async function train(
  service: TestService,
  datasetId: string,
  body: object,
): Promise<{ job: Job; id: string }> {
  const { id } = await service.client.call("createFoldTraining", {
    body: { datasetId, ...body } as never,
  });
  const job = await service.succeeded(id);
  return { job, id: job.crossValidationId as string };
}

/** The probabilities of a run, (rows, k). */
export async function probabilitiesOf(
  { fixture }: TestService,
  id: string,
  { rows, k }: { rows: number; k: number },
): Promise<Float32Array> {
  const all = new Float32Array(rows * k);
  for await (const { start, probs } of readProbabilityBlocks(fixture.store, id, k)) {
    all.set(probs, start * k);
  }
  return all;
}

/** The members of a run by their names. */
export async function membersOf(
  { client }: TestService,
  parentId: string,
): Promise<Map<string, CrossValidation>> {
  const { data } = await client.call("listCrossValidations", { query: { parentId } });
  return new Map(data.map((run) => [run.member as string, run]));
}
