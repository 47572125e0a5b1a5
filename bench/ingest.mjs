// Rows/s of an ingest job (read, parse, label policy, profile, COPY, commit) done by a real worker
// process, against COPY of the same rows, already parsed, from a file into a table of the same
// shape: what psql's \copy does. The file is in the multi-level format, a category in a hundred
// rows being several, categories by Zipf's law, and one line in 400 is bad.
//   node bench/ingest.mjs [--rows 300000,2914000] [--categories FILE]

import { once } from "node:events";
import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { DatasetIngestParams } from "@winnow/contracts";
import { createDatasetIngest, withTransaction } from "@winnow/store";
import { from as copyFrom } from "pg-copy-streams";
import {
  finished,
  megabytes,
  peakRss,
  postgresMemory,
  round,
  withScratchStore,
  withWorker,
} from "./scratch-services.mjs";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "300000,2914000" },
    categories: { type: "string" },
  },
});
const categories = values.categories
  ? readFileSync(values.categories, "utf8").split("\n").filter(Boolean)
  : Array.from({ length: 1070 }, (_, i) => `news_${i % 160}/topic_${i}`);
const weights = cumulative(categories.map((_, rank) => 1 / (rank + 1)));

const paces = [];
for (const rows of values.rows.split(",").map(Number)) paces.push(await measure(rows));
if (paces.length > 1) {
  console.log(`seconds a row, last : first  ${round(paces.at(-1) / paces[0])}`);
}

async function measure(rows) {
  return withScratchStore(async (store, folder, databaseUrl) => {
    const file = join(folder, "rows.txt");
    const copy = join(folder, "rows.copy");
    const bad = await writeFiles(rows, file, copy);
    console.log(`${rows} lines, ${bad} bad, ${megabytes((await stat(file)).size)} MB`);
    const bare = await seconds(() => copyRows(store, copy));
    return withWorker(databaseUrl, folder, async (worker) => {
      const held = { postgres: 0 };
      const watch = setInterval(() => {
        held.postgres = Math.max(held.postgres, postgresMemory(folder));
      }, 500);
      const ingest = await seconds(() => ingestRows(store, file));
      clearInterval(watch);
      console.log(`  COPY of parsed rows  ${round(bare)} s  ${Math.round(rows / bare)} rows/s`);
      console.log(`  ingest job           ${round(ingest)} s  ${Math.round(rows / ingest)} rows/s`);
      console.log(`  ratio ingest : COPY  ${round(bare / ingest)}`);
      console.log(`  peak RSS of the worker ${peakRss(worker.pid)} MB`);
      console.log(`  anonymous memory of Postgres at most ${held.postgres} MB`);
      return ingest / rows;
    });
  });
}

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** The file and its rows as COPY takes them. Returns the number of bad lines. */
async function writeFiles(rows, file, copy) {
  const streams = [createWriteStream(file), createWriteStream(copy)];
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let bad = 0;
  for (let i = 0; i < rows; i++) {
    const category = pick(random());
    const length = 11 + Math.floor(random() * 24);
    let title = "";
    for (let c = 0; c < length; c++)
      title += String.fromCharCode(0x4e00 + Math.floor(random() ** 3 * 4000));
    const isBad = i % 400 === 399;
    if (isBad) bad++;
    const named = i % 100 === 0 ? `${categories[category]},${categories[0]}` : categories[category];
    const line = isBad ? `${i}|,|${named}|,|${title}` : `${i}|,|${named}|,|${title}|,|新闻,标题|,|`;
    const texts = [
      `${line}\n`,
      isBad ? "" : `1\t${i}\t${i + 1}\t${i}\t${title}\t${category}\t\\N\n`,
    ];
    for (const [s, stream] of streams.entries()) {
      if (!stream.write(texts[s])) await once(stream, "drain");
    }
  }
  for (const stream of streams) {
    stream.end();
    await once(stream, "finish");
  }
  return bad;
}

function cumulative(shares) {
  const total = shares.reduce((a, b) => a + b);
  let sum = 0;
  return shares.map((share) => {
    sum += share / total;
    return sum;
  });
}

function pick(at) {
  let [low, high] = [0, weights.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (weights[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low;
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
    format: { type: "toutiao-multilevel" },
  });
  await finished(store, await withTransaction(store, (tx) => createDatasetIngest(tx, params)));
}
