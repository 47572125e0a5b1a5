import { setTimeout as sleep } from "node:timers/promises";

const tinyModel = {
  preset: { hiddenSize: 16, embeddingSize: 16, layers: 1, heads: 2, intermediateSize: 32 },
  maxLength: 16,
};
const topics = ["river fish boat lake", "market stock bank price", "goal match team coach"].map(
  (words) => words.split(" "),
);
const rowsPerFile = 300;

/**
 * A steady stream of small jobs until the signal: lines of work that each repeat one thing at their
 * own pace. What must not happen is collected in `faults`; `done` counts what ended, by kind and end.
 */
export function startSmallJobs(client, signal) {
  const faults = [];
  const done = {};
  const runs = []; // finished cross-validations, newest last, with their dataset and pruning
  const count = (what) => {
    done[what] = (done[what] ?? 0) + 1;
  };
  let files = 0;

  async function finished(job, expected, options) {
    const end = await client.ended(job.id, options);
    count(`${job.kind} ${end.state}`);
    if (!expected.includes(end.state)) {
      faults.push(`${job.kind} ${job.id} is ${end.state}: ${JSON.stringify(end.error)}`);
    }
    return end;
  }

  async function ingest(format = {}, expected = ["succeeded"]) {
    const { id } = await client.upload(csv(files++));
    const job = await client.post("dataset-ingest", {
      name: `soak ${files}`,
      source: { type: "upload", uploadId: id },
      format: { type: "csv", ...format },
    });
    return finished(job, expected, { wait: 20 });
  }

  /** A whole life: file, dataset, folds, pruning, export; then the run before it is deleted. */
  async function train() {
    const { datasetId } = await ingest();
    const job = await client.post("fold-training", {
      datasetId,
      folds: 2,
      model: tinyModel,
      training: { epochs: 1 },
      pruning: {},
    });
    const [end] = await Promise.all([
      finished(job, ["succeeded"]),
      client.watch(job.id),
      client.watch(job.id),
    ]);
    if (end.state !== "succeeded") return;
    await finished({ id: end.result.pruningJobId, kind: "pruning" }, ["succeeded"], { wait: 20 });
    runs.push({ datasetId, runId: end.crossValidationId, pruningId: end.result.pruningId });
    // A pruning of the others may be under way on the oldest but one; nothing starts on the oldest.
    if (runs.length > 3) await remove(runs.shift().datasetId);
  }

  async function prune() {
    const run = runs.at(-1);
    if (!run) return;
    const job = await client.post("pruning", { crossValidationId: run.runId });
    await finished(job, ["succeeded"], { wait: 10 });
  }

  async function read() {
    await client.get("/v1/jobs?limit=20");
    await client.get("/v1/datasets?limit=10");
    await client.get("/readyz");
    const run = runs.at(-1);
    if (!run) return;
    await client.get(`/v1/prunings/${run.pruningId}/flags?limit=20`);
    await client.get(`/v1/datasets/${run.datasetId}/samples?limit=20`);
  }

  async function download() {
    const run = runs.at(-1);
    if (!run) return;
    for (const format of ["jsonl", "csv", "parquet"]) {
      await client.drain(`/v1/prunings/${run.pruningId}/export?split=cleaned&format=${format}`);
    }
    await client.drain(`/v1/cross-validations/${run.runId}/probabilities`);
  }

  /** A training that is cancelled while it waits or runs. */
  async function cancel() {
    const { datasetId } = await ingest();
    const job = await client.post("fold-training", { datasetId, folds: 2, model: tinyModel });
    await sleep(Math.random() * 2_000);
    await client.ask("POST", `/v1/jobs/${job.id}/cancel`, { expect: [200, 202] });
    await finished(job, ["cancelled", "succeeded"]);
    await remove(datasetId);
  }

  /** A job that fails, as it should: the column is not in the file. */
  async function fail() {
    const { datasetId } = await ingest({ textColumn: "nowhere" }, ["failed"]);
    await remove(datasetId);
  }

  async function ingestAndRemove() {
    await remove((await ingest()).datasetId);
  }

  async function remove(datasetId) {
    await client.ask("DELETE", `/v1/datasets/${datasetId}`, { expect: [204] });
    count("datasets deleted");
  }

  const lines = [
    [train, 75_000],
    [ingestAndRemove, 9_000],
    [prune, 5_000],
    [read, 1_500],
    [download, 15_000],
    [cancel, 120_000],
    [fail, 60_000],
  ].map(([work, everyMs]) =>
    repeatUntil(signal, everyMs, work, (error) => faults.push(`${error}`)),
  );
  return { faults, done, ended: Promise.all(lines) };
}

async function repeatUntil(signal, everyMs, work, onError) {
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
function csv(file) {
  const lines = ["text,label"];
  for (let row = 0; row < rowsPerFile; row++) {
    const truth = row % topics.length;
    const topic = topics[truth];
    const given = (row * 7 + file) % 10 === 0 ? (truth + 1) % topics.length : truth;
    const words = Array.from({ length: 5 }, (_, i) => topic[(row * 31 + i * 17 + file) % 4]);
    lines.push(`${words.join(" ")} ${file} ${row},class ${given}`);
  }
  return `${lines.join("\n")}\n`;
}
