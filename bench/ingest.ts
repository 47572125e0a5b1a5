// Rows/s of an ingest job (read, parse, label policy, profile, COPY, commit) done by a real worker
// process, against COPY of the same rows, already parsed, from a file into a table of the same
// shape: what psql's \copy does. The file is generated in the multi-level format, see
// ingest/multilevel-file.ts.
//   npm run bench:ingest -- [--rows 300000,2914000] [--categories FILE] [--near-duplicates report]

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { DatasetIngestParams } from "@winnow/contracts";
import { createDatasetIngest, type Store, withTransaction } from "@winnow/store";
import { from as copyFrom } from "pg-copy-streams";
import { categoriesOf, writeMultilevel } from "./generated/multilevel-file.js";
import { megabytes, peakRss, postgresMemory, round, timed } from "./service/figures.js";
import { finished, withScratchStore, withWorker } from "./service/scratch-services.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "300000,2914000" },
    categories: { type: "string" },
    "near-duplicates": { type: "string", default: "auto" },
  },
});
const categories = categoriesOf(values.categories);

const paces: number[] = [];
for (const rows of values.rows.split(",").map(Number)) paces.push(await measure(rows));
if (paces.length > 1) {
  console.log(`seconds a row, last : first  ${round(paces.at(-1)! / paces[0]!)}`);
}

async function measure(rows: number): Promise<number> {
  return withScratchStore(async (scratch) => {
    const { store, folder } = scratch;
    const file = join(folder, "rows.txt");
    const copyFile = join(folder, "rows.copy");
    const bad = await writeMultilevel({ rows, categories, file, copyFile });
    console.log(`${rows} lines, ${bad} bad, ${megabytes((await stat(file)).size)} MB`);
    const { seconds: bare } = await timed(() => copyRows(store, copyFile));
    return withWorker(scratch, async (worker) => {
      const held = { postgres: 0 };
      const watch = setInterval(() => {
        held.postgres = Math.max(held.postgres, postgresMemory(folder));
      }, 500);
      const { seconds: ingest } = await timed(() => ingestRows(store, file));
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

async function copyRows(store: Store, file: string): Promise<void> {
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

async function ingestRows(store: Store, file: string): Promise<void> {
  const params = DatasetIngestParams.parse({
    name: "bench",
    source: { type: "path", path: file },
    format: { type: "toutiao-multilevel" },
    nearDuplicates: values["near-duplicates"],
  });
  await finished(store, await withTransaction(store, (tx) => createDatasetIngest(tx, params)));
}
