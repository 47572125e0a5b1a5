// Rows/s of an ingest (read, parse, label policy, profile, COPY, commit) against COPY of the same
// rows, already parsed, from a file into a table of the same shape: what psql's \copy does.

import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DatasetIngestParams } from "@winnow/contracts";
import { readCorpus } from "@winnow/corpus";
import { claimTask, createDatasetIngest, withTransaction, writeDataset } from "@winnow/store";
import { from as copyFrom } from "pg-copy-streams";
import { megabytes, round, withScratchStore } from "./scratch-services.mjs";

const rows = Number(process.argv[2] ?? 300_000);
const runs = Number(process.argv[3] ?? 3);
const classes = 100;

await withScratchStore(async (store, folder) => {
  const csv = join(folder, "rows.csv");
  const copy = join(folder, "rows.copy");
  await writeFiles(csv, copy);
  console.log(`${rows} rows, ${megabytes((await stat(csv)).size)} MB as csv, best of ${runs}`);
  const bare = await best(() => copyRows(store, copy));
  const ingest = await best(() => ingestRows(store, csv));
  console.log(`COPY of parsed rows  ${round(bare)} s  ${Math.round(rows / bare)} rows/s`);
  console.log(`ingest               ${round(ingest)} s  ${Math.round(rows / ingest)} rows/s`);
  console.log(`ratio ingest : COPY  ${round(bare / ingest)}`);
  console.log(
    `peak RSS of the ingesting process ${megabytes(process.resourceUsage().maxRSS * 1024)} MB`,
  );
});

async function best(work) {
  const seconds = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    seconds.push((performance.now() - start) / 1000);
  }
  return Math.min(...seconds);
}

async function writeFiles(csv, copy) {
  const [a, b] = [createWriteStream(csv), createWriteStream(copy)];
  a.write("text,label\n");
  for (let i = 0; i < rows; i++) {
    const text = `新闻标题 number ${i} about topic ${(i * 7919) % 10007} and ${(i * 31) % 977}`;
    const label = (i * 2654435761) % classes;
    const roomA = a.write(`${text},class-${label}\n`);
    const roomB = b.write(`1\t${i}\t${i + 2}\t\\N\t${text}\t${label}\t\\N\n`);
    if (!roomA) await once(a, "drain");
    if (!roomB) await once(b, "drain");
  }
  for (const stream of [a, b]) {
    stream.end();
    await once(stream, "finish");
  }
}

async function copyRows(store, file) {
  await withTransaction(store, async (tx) => {
    await tx.query("DROP TABLE IF EXISTS bench_rows");
    await tx.query("CREATE TABLE bench_rows (LIKE samples INCLUDING ALL)");
    await pipeline(
      createReadStream(file),
      tx.query(
        copyFrom(
          `COPY bench_rows (dataset_key, ordinal, line, external_id, text, class_index,
             true_class_index) FROM STDIN`,
        ),
      ),
    );
  });
}

async function ingestRows(store, file) {
  const params = DatasetIngestParams.parse({
    name: "bench",
    source: { type: "path", path: file },
    format: { type: "csv", textColumn: "text", labelColumn: "label" },
  });
  const jobId = await withTransaction(store, (tx) => createDatasetIngest(tx, params));
  const { rows: tasks } = await store.pool.query("SELECT id FROM tasks WHERE job_id = $1", [jobId]);
  const wanted = { jobId, taskId: tasks[0].id, workerId: "bench", staleAfterMs: 60_000 };
  const claim = await claimTask(store, wanted);
  const batches = readCorpus(() => createReadStream(file), { format: params.format });
  await writeDataset(store, claim, withSummary(batches));
}

async function* withSummary(batches) {
  let next = await batches.next();
  for (; !next.done; next = await batches.next()) yield next.value;
  return { ...next.value, sha256: null, hasTrueLabels: false };
}
