import type { ApiError, Client } from "@winnow/client";
import type { FoldTrainingParams } from "@winnow/contracts";
import { listEvents, readProbabilityBlocks } from "@winnow/store";
import { expect } from "vitest";
import { makeCsv } from "./jobs.js";
import { openService, type TestService } from "./service.js";

type Body = Omit<Partial<Record<keyof FoldTrainingParams, unknown>>, "datasetId">;
type Problem = ApiError["problem"];
type Job = Awaited<ReturnType<TestService["ended"]>>;

/** A whole service with checkpoints allowed below `models`, and a dataset of generated texts. */
export interface TrainingServiceFixture {
  readonly service: TestService;
  readonly client: Client;
  readonly datasetId: string;
  /** Queues a training of two folds. */
  train(body: Body): Promise<Job>;
  /** What is wrong with a training that is refused. */
  refusal(body: Body): Promise<Problem>;
  /** Each row's fold and stored probabilities, in sample order. */
  rowsOf(crossValidationId: string): Promise<{ fold: number; probs: number[] }[]>;
  /** What a job's log events with this message tell. */
  notes(jobId: string, message: string): Promise<Record<string, unknown>[]>;
  download(href: string): Promise<Buffer>;
}

export async function openTrainingServiceFixture(options: {
  models: string;
  rows: number;
  classes: number;
}): Promise<TrainingServiceFixture> {
  const { models, rows, classes } = options;
  const service = await openService({
    api: { MODELS_DIR: models },
    worker: { WORKER_ROLES: "cpu,orchestrator,trainer", MODELS_DIR: models },
  });
  const { client, fixture, api } = service;
  const job = await client.call("createDatasetIngest", {
    body: {
      name: "generated",
      source: { type: "upload", uploadId: await service.upload(makeCsv(rows, classes)) },
      format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
    },
  });
  const datasetId = (await service.succeeded(job.id)).datasetId as string;
  const train = (body: Body) =>
    client.call("createFoldTraining", {
      body: { datasetId, folds: 2, backend: "wasm", ...body } as never,
    });
  return {
    service,
    client,
    datasetId,
    train,
    refusal: (body) =>
      train(body).then(
        () => expect.unreachable("the request was taken"),
        (error: unknown) => (error as ApiError).problem,
      ),
    async rowsOf(id) {
      const all: { fold: number; probs: number[] }[] = [];
      for await (const block of readProbabilityBlocks(fixture.store, id, classes)) {
        for (let i = 0; i < block.rows; i++) {
          const probs = [...block.probs.subarray(i * classes, (i + 1) * classes)];
          all.push({ fold: block.folds[i]!, probs });
        }
      }
      return all;
    },
    async notes(jobId, message) {
      const { data } = await listEvents(fixture.store, jobId, undefined, 1000);
      return data.map((event) => event.data).filter((told) => told.message === message);
    },
    download: async (href) => Buffer.from(await (await fetch(`${api.url}${href}`)).arrayBuffer()),
  };
}
