import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DatasetIngestParams,
  FoldTrainingParams,
  isTerminal,
  type Job,
  PruningParams,
} from "@winnow/contracts";
import {
  createDatasetIngest,
  createFoldTraining,
  createPruning,
  insertUpload,
  newId,
  readJob,
  type Store,
  type Transaction,
  withTransaction,
} from "@winnow/store";
import { seededDraws } from "./draws.js";

/** A model that trains in a moment and still learns the generated texts. */
export const TINY_MODEL = {
  preset: { hiddenSize: 16, embeddingSize: 16, layers: 1, heads: 2, intermediateSize: 32 },
  maxLength: 16,
};

const TOPICS = [
  "river fish boat lake net water",
  "market stock money bank price trade",
  "goal match team ball coach score",
  "chip phone code screen cable disk",
].map((words) => words.split(" "));

/**
 * A csv of `rows` short texts in `classes` classes (4 at most), the same at every call: about every
 * tenth label is wrong, and the column `truth` has the right one.
 */
export function makeCsv(rows: number, classes = 3): string {
  const below = seededDraws(rows * classes);
  const lines = ["id,text,label,truth"];
  for (let i = 0; i < rows; i++) {
    const truth = i % classes;
    const given = below(10) === 0 ? (truth + 1 + below(classes - 1)) % classes : truth;
    const topic = TOPICS[truth]!;
    const words = Array.from({ length: 5 }, () => topic[below(topic.length)]);
    lines.push(`row-${i},${words.join(" ")} ${below(100)},class-${given},class-${truth}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Stores bytes as the API does and queues an ingest of them. */
export async function postIngest(
  { store, storageDir }: { store: Store; storageDir: string },
  content: string | Uint8Array,
  overrides: Record<string, unknown> = {},
): Promise<string> {
  const id = newId("upload");
  const bytes = Buffer.from(content);
  await writeFile(join(storageDir, id), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await insertUpload(store, {
    id,
    bytes: bytes.length,
    sha256,
    storageKey: id,
    filename: null,
  });
  const params = DatasetIngestParams.parse({
    name: "generated",
    source: { type: "upload", uploadId: id },
    format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
    ...overrides,
  });
  return withTransaction(store, (tx) => createDatasetIngest(tx, params));
}

/** Queues a training; `also` changes what was written before anybody sees it. */
export async function postTraining(
  store: Store,
  datasetId: string,
  overrides: Record<string, unknown> = {},
  also: (tx: Transaction, jobId: string) => Promise<unknown> = async () => {},
): Promise<string> {
  const params = FoldTrainingParams.parse({
    datasetId,
    folds: 3,
    seed: 7,
    model: TINY_MODEL,
    training: { epochs: 1 },
    backend: "wasm",
    ...overrides,
  });
  return withTransaction(store, async (tx) => {
    const jobId = await createFoldTraining(tx, params);
    await also(tx, jobId);
    return jobId;
  });
}

export async function postPruning(
  store: Store,
  crossValidationId: string,
  overrides: Record<string, unknown> = {},
): Promise<string> {
  const params = PruningParams.parse({ crossValidationId, ...overrides });
  return withTransaction(store, (tx) => createPruning(tx, params));
}

type Wanted<T> = T | null | undefined | false;

/** Waits until `look` gives something; fails with what it waited for. */
export async function eventually<T>(
  what: string,
  look: () => Wanted<T> | Promise<Wanted<T>>,
  timeoutMs = 300_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(20);
  }
}

/** `eventually`, within the time that a test has by default. */
export const soon = <T>(what: string, look: () => Wanted<T> | Promise<Wanted<T>>): Promise<T> =>
  eventually(what, look, 60_000);

export const jobOf = async (store: Store, jobId: string): Promise<Job> =>
  (await readJob(store, jobId)).job;

/** The job once it has ended, however it ended. */
export const ended = (store: Store, jobId: string, timeoutMs?: number): Promise<Job> =>
  eventually(
    `the end of ${jobId}`,
    async () => {
      const job = await jobOf(store, jobId);
      return isTerminal(job.state) && job;
    },
    timeoutMs,
  );

/** The ended job; fails with its error unless it succeeded. */
export async function succeeded(store: Store, jobId: string, timeoutMs?: number): Promise<Job> {
  const job = await ended(store, jobId, timeoutMs);
  if (job.state !== "succeeded") {
    throw new Error(`the job is ${job.state}: ${JSON.stringify(job.error)}`);
  }
  return job;
}
