// From a crawl to a training set, in one job of a real worker process: a generated file in the
// multi-level format at the crawl's size -> classes of two levels -> at most so many rows of each.
// Printed: the number of classes, rows and rejects, rows/s, the worker's peak RSS, beside the seconds
// of the same ingest without sampling in the same run; and whether the same seed gave the same rows.
//   npm run bench:sampled-ingest -- [--rows 2914000] [--per-class 500] [--categories FILE]

import { join } from "node:path";
import { parseArgs } from "node:util";
import { DatasetIngestParams, type DatasetProfile } from "@winnow/contracts";
import {
  createDatasetIngest,
  datasetKeyOf,
  readDataset,
  readProfile,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { categoriesOf, FULL_ROWS, writeMultilevel } from "./generated/multilevel-file.js";
import { peakRss, round, timed } from "./service/figures.js";
import {
  finished,
  type Scratch,
  withScratchStore,
  withWorker,
} from "./service/scratch-services.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: String(FULL_ROWS) },
    "per-class": { type: "string", default: "500" },
    categories: { type: "string" },
  },
});
const rows = Number(values.rows);
const perClass = Number(values["per-class"]);

await withScratchStore(async (scratch) => {
  const file = join(scratch.folder, "rows.txt");
  const categories = categoriesOf(values.categories);
  const bad = await writeMultilevel({ rows, categories, file });
  console.log(`${rows} lines, ${bad} bad, ${categories.length} categories`);
  const ingest = (options: Sampling) => ingested(scratch, file, options);
  const whole = await ingest({});
  const first = await ingest({ sampling: { perClass, seed: 1 } });
  const again = await ingest({ sampling: { perClass, seed: 1 } });
  const other = await ingest({ sampling: { perClass, seed: 2 } });
  console.log(`sampled : whole  ${round(first.seconds / whole.seconds)}`);
  console.log(`the same seed, the same rows   ${first.checksum === again.checksum}`);
  console.log(`another seed, other rows       ${first.checksum !== other.checksum}`);
  checkSample(first.profile);
});

interface Sampling {
  readonly sampling?: { readonly perClass: number; readonly seed: number };
}

/** One job in a fresh worker process; what it made. */
async function ingested(scratch: Scratch, file: string, options: Sampling) {
  const { store } = scratch;
  return withWorker(scratch, async (worker) => {
    const params = DatasetIngestParams.parse({
      name: "sampled",
      source: { type: "path", path: file },
      format: { type: "toutiao-multilevel" },
      labels: { level: 2 },
      ...options,
    });
    const { seconds, value: job } = await timed(async () =>
      finished(store, await withTransaction(store, (tx) => createDatasetIngest(tx, params))),
    );
    const datasetId = job.datasetId!;
    const dataset = await readDataset(store, datasetId);
    const profile = await readProfile(store, datasetId);
    const checksum = await checksumOf(scratch, datasetId);
    const asked = options.sampling ? `${perClass} a class, seed ${options.sampling.seed}` : "whole";
    console.log(
      `${asked.padEnd(24)} ${dataset.classes} classes  ${dataset.rows} rows  ${dataset.rejected} rejected  ` +
        `${round(seconds)} s  ${Math.round(rows / seconds)} rows/s  worker ${peakRss(worker.pid)} MB  ${checksum}`,
    );
    return { seconds, profile, checksum };
  });
}

/** Of every column that the rows' readers see, in input order. */
async function checksumOf({ store }: Scratch, datasetId: string): Promise<string> {
  const key = await datasetKeyOf(store, datasetId);
  const { rows: found } = await poolOf(store).query<{ sum: string }>(
    `SELECT md5(string_agg(md5(concat_ws('|', ordinal, line, external_id, class_index, text)), ''
       ORDER BY ordinal)) AS sum FROM samples WHERE dataset_key = $1`,
    [key],
  );
  return found[0]!.sum;
}

/** Every class has as many rows as it could have. */
function checkSample({ classHistogram, kept, rowsRead, rejected }: DatasetProfile): void {
  const odd = classHistogram.filter(
    ({ count, read }) => count !== Math.min(perClass, Number(read)),
  );
  const full = classHistogram.filter(({ count }) => count === perClass).length;
  console.log(
    `classes with ${perClass} rows  ${full}, with fewer  ${classHistogram.length - full}`,
  );
  console.log(
    `read ${rowsRead}: kept ${kept}, ${rejected.map((r) => `${r.reason} ${r.count}`).join(", ")}`,
  );
  if (odd.length > 0)
    throw new Error(`classes with a wrong number of rows: ${JSON.stringify(odd)}`);
}
