// Rows/s of an ingest job (read, parse, label policy, profile, COPY, commit) done by a real worker
// process, against COPY of the same rows, already parsed, from a file into a table of the same
// shape: what psql's \copy does. Beside wall-clock seconds it prints those of CPU (Postgres with the client,
// Postgres with the worker and its reader), which mean something on a shared machine, too. The file is generated in the multi-level format, or with --wide as
// csv with so many columns beside id, text and label; kept columns count on both sides.
//   npm run bench:ingest -- [--rows 300000,2914000] [--wide 12] [--columns none]
//     [--categories FILE] [--near-duplicates report]

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { DatasetIngestParams } from "@winnow/contracts";
import { createDatasetIngest, type Store, withTransaction } from "@winnow/store";
import { from as copyFrom } from "pg-copy-streams";
import { categoriesOf, writeMultilevel } from "./generated/multilevel-file.js";
import { WIDE_FORMAT, writeWide } from "./generated/wide-file.js";
import {
  cpuSeconds,
  megabytes,
  peakRss,
  peakRssBelow,
  postgresMemory,
  postgresServers,
  round,
  timed,
} from "./service/figures.js";
import { finished, withScratchStore, withWorker } from "./service/scratch-services.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "300000,2914000" },
    categories: { type: "string" },
    "near-duplicates": { type: "string", default: "auto" },
    columns: { type: "string", default: "keep" },
    wide: { type: "string" },
  },
});
const isKept = values.columns === "keep";
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
    const what = { rows, file, copyFile, cells: isKept };
    const bad =
      values.wide === undefined
        ? await writeMultilevel({ ...what, categories })
        : await writeWide({ ...what, columns: Number(values.wide) });
    const size = megabytes((await stat(file)).size);
    console.log(`${rows} lines, ${bad} bad, ${size} MB, columns: ${values.columns}`);
    const servers = postgresServers(folder);
    const bareCpu = cpuClock([process.pid, ...servers]);
    const { seconds: bare } = await timed(() => copyRows(store, copyFile));
    const bareCpuSeconds = bareCpu();
    return withWorker(scratch, async (worker) => {
      const held = { postgres: 0 };
      const watch = setInterval(() => {
        held.postgres = Math.max(held.postgres, postgresMemory(folder));
      }, 500);
      const cpu = cpuClock([worker.pid!, ...servers]);
      const { seconds: ingest } = await timed(() => ingestRows(store, file));
      const ingestCpu = cpu();
      clearInterval(watch);
      console.log(`  COPY of parsed rows  ${round(bare)} s  ${Math.round(rows / bare)} rows/s`);
      console.log(`  ingest job           ${round(ingest)} s  ${Math.round(rows / ingest)} rows/s`);
      console.log(`  ratio ingest : COPY  ${round(bare / ingest)}`);
      console.log(`  CPU: COPY ${round(bareCpuSeconds)} s, ingest ${round(ingestCpu)} s`);
      console.log(`  ratio of CPU         ${round(bareCpuSeconds / ingestCpu)}`);
      console.log(
        `  peak RSS of the worker ${peakRss(worker.pid)} MB, of its reader ${peakRssBelow(worker.pid!)} MB`,
      );
      console.log(`  anonymous memory of Postgres at most ${held.postgres} MB`);
      return ingest / rows;
    });
  });
}

/** Seconds of CPU that the processes take from now on. */
function cpuClock(pids: readonly number[]): () => number {
  const before = cpuSeconds(pids);
  return () => cpuSeconds(pids) - before;
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
             true_class_index, cells) FROM STDIN`,
        ),
      ),
    );
  });
}

async function ingestRows(store: Store, file: string): Promise<void> {
  const params = DatasetIngestParams.parse({
    name: "bench",
    source: { type: "path", path: file },
    format:
      values.wide === undefined ? { type: "toutiao-multilevel" } : { type: "csv", ...WIDE_FORMAT },
    nearDuplicates: values["near-duplicates"],
    columns: values.columns,
  });
  await finished(store, await withTransaction(store, (tx) => createDatasetIngest(tx, params)));
}
