import { setTimeout as sleep } from "node:timers/promises";
import { followEvents } from "@winnow/client";
import type { Job, JobKind, JobState } from "@winnow/contracts";
import type { CountingClient } from "./counting-client.js";

const TINY_MODEL = {
  preset: { hiddenSize: 16, embeddingSize: 16, layers: 1, heads: 2, intermediateSize: 32 },
  maxLength: 16,
};
const TOPICS = ["river fish boat lake", "market stock bank price", "goal match team coach"].map(
  (words) => words.split(" "),
);
const ROWS_PER_FILE = 300;

/** What the small jobs came to so far. */
export interface SmallJobs {
  /** What must not happen, and happened. */
  readonly faults: string[];
  /** How often, by kind and end. */
  readonly done: Record<string, number>;
  readonly ended: Promise<unknown>;
}

/** A finished cross-validation with its dataset and pruning. */
interface Run {
  readonly datasetId: string;
  readonly crossValidationId: string;
  readonly pruningId: string;
}

/**
 * A steady stream of small jobs until the signal: lines of work that each repeat one thing at their
 * own pace.
 */
export function startSmallJobs(
  { client, counts, ended }: CountingClient,
  signal: AbortSignal,
): SmallJobs {
  const faults: string[] = [];
  const done: Record<string, number> = {};
  /** The newest last. */
  const runs: Run[] = [];
  const count = (what: string) => {
    done[what] = (done[what] ?? 0) + 1;
  };
  let files = 0;

  async function finished(
    job: { readonly id: string; readonly kind: JobKind },
    expected: readonly JobState[],
    how: "polls" | "long polls",
  ): Promise<Job> {
    const end = await ended(job.id, how);
    count(`${job.kind} ${end.state}`);
    if (!expected.includes(end.state)) {
      faults.push(`${job.kind} ${job.id} is ${end.state}: ${JSON.stringify(end.error)}`);
    }
    return end;
  }

  /** The dataset of a new file. */
  async function ingest(textColumn = "text", expected: JobState = "succeeded"): Promise<string> {
    const { id } = await client.upload(new Blob([csv(files++)]));
    const job = await client.call("createDatasetIngest", {
      body: {
        name: `soak ${files}`,
        source: { type: "upload", uploadId: id },
        format: { type: "csv", textColumn },
      },
    });
    const { datasetId } = await finished(job, [expected], "long polls");
    return datasetId!;
  }

  /** Reads a job's events to its end. */
  async function watch(id: string): Promise<void> {
    counts.streams += 1;
    for await (const _ of followEvents(client, id)) counts.events += 1;
  }

  /** A whole life: file, dataset, folds, pruning, export; then the run before it is deleted. */
  async function train() {
    const datasetId = await ingest();
    const job = await client.call("createFoldTraining", {
      body: { datasetId, folds: 2, model: TINY_MODEL, training: { epochs: 1 }, pruning: {} },
    });
    const [end] = await Promise.all([
      finished(job, ["succeeded"], "polls"),
      watch(job.id),
      watch(job.id),
    ]);
    if (end.state !== "succeeded") return;
    const { pruningJobId, pruningId } = end.result as Record<string, string>;
    await finished({ id: pruningJobId!, kind: "pruning" }, ["succeeded"], "long polls");
    const crossValidationId = end.crossValidationId!;
    runs.push({ datasetId, crossValidationId, pruningId: pruningId! });
    // A pruning of the others may be under way on the oldest but one; nothing starts on the oldest.
    if (runs.length > 3) await remove(runs.shift()!.datasetId);
  }

  async function prune() {
    const run = runs.at(-1);
    if (!run) return;
    const { crossValidationId } = run;
    const job = await client.call("createPruning", { body: { crossValidationId } });
    await finished(job, ["succeeded"], "long polls");
  }

  async function read() {
    await client.call("listJobs", { query: { limit: 20 } });
    await client.call("listDatasets", { query: { limit: 10 } });
    await client.call("readiness");
    const run = runs.at(-1);
    if (!run) return;
    await client.call("listFlags", { params: { id: run.pruningId }, query: { limit: 20 } });
    await client.call("listSamples", { params: { id: run.datasetId }, query: { limit: 20 } });
  }

  async function download() {
    const run = runs.at(-1);
    if (!run) return;
    for (const format of ["jsonl", "csv", "parquet"] as const) {
      const params = { id: run.pruningId };
      await drain(
        await client.download("exportPruning", { params, query: { split: "cleaned", format } }),
      );
    }
    const params = { id: run.crossValidationId };
    await drain(await client.download("getProbabilities", { params }));
  }

  /** A training that is cancelled while it waits or runs. */
  async function cancel() {
    const datasetId = await ingest();
    const job = await client.call("createFoldTraining", {
      body: { datasetId, folds: 2, model: TINY_MODEL },
    });
    await sleep(Math.random() * 2_000);
    await client.call("cancelJob", { params: { id: job.id } });
    await finished(job, ["cancelled", "succeeded"], "polls");
    await remove(datasetId);
  }

  /** A job that fails, as it should: the column is not in the file. */
  async function fail() {
    await remove(await ingest("nowhere", "failed"));
  }

  async function ingestAndRemove() {
    await remove(await ingest());
  }

  async function remove(datasetId: string): Promise<void> {
    await client.call("deleteDataset", { params: { id: datasetId } });
    count("datasets deleted");
  }

  const lines: [() => Promise<void>, number][] = [
    [train, 75_000],
    [ingestAndRemove, 9_000],
    [prune, 5_000],
    [read, 1_500],
    [download, 15_000],
    [cancel, 120_000],
    [fail, 60_000],
  ];
  const repeated = lines.map(([work, everyMs]) =>
    repeatUntil(signal, everyMs, work, (error) => faults.push(`${error}`)),
  );
  return { faults, done, ended: Promise.all(repeated) };
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of stream);
}

async function repeatUntil(
  signal: AbortSignal,
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    const restMs = Math.max(0, startedAt + everyMs - performance.now());
    await sleep(restMs, undefined, { signal }).catch(() => {});
  }
}

/** A file like no other before it, about every tenth label wrong. */
function csv(file: number): string {
  const lines = ["text,label"];
  for (let row = 0; row < ROWS_PER_FILE; row++) {
    const truth = row % TOPICS.length;
    const topic = TOPICS[truth]!;
    const given = (row * 7 + file) % 10 === 0 ? (truth + 1) % TOPICS.length : truth;
    const words = Array.from({ length: 5 }, (_, i) => topic[(row * 31 + i * 17 + file) % 4]);
    lines.push(`${words.join(" ")} ${file} ${row},class ${given}`);
  }
  return `${lines.join("\n")}\n`;
}
