// npm run bench:training-memory -- [--rows 3000000,30000000] [--steps 1000] [--predicted 100000]
//   [--backend tfjs-node] [--classes 10]
// Peak memory of a fold's process by the rows of its dataset, whose tokens it reads shard by shard: so many steps
// over rows of all shards, with the linear part, and a prediction; as the first fold of a run, which makes the
// tokens and deals the rows, and as one after it. Beside them the same fold with all tokens in memory. The
// dataset lies in a Postgres of the bench's own: 30 million rows take 6 GB of disk and minutes to write.
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { megabytes, round, timed } from "./service/figures.js";
import { built } from "./service/paths.js";
import { type Scratch, withScratchStore } from "./service/scratch-services.js";
import { seedDataset, syntheticSamples } from "./service/seeded-run.js";
import type { MeasuredFold, WantedFold } from "./training/memory-child.js";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "3000000,30000000" },
    steps: { type: "string", default: "1000" },
    predicted: { type: "string", default: "100000" },
    classes: { type: "string", default: "10" },
    backend: { type: "string", default: "tfjs-node" },
  },
});
const CLASSES = Number(options.classes);
const MOST_GROWTH = 1.15;

const sizes = options.rows.split(",").map(Number);
await withScratchStore(async (scratch) => {
  const firsts: number[] = [];
  const laters: number[] = [];
  for (const rows of sizes) {
    const { value: datasetId, seconds } = await timed(() => seeded(scratch, rows));
    console.log(
      `${rows} rows, written in ${round(seconds, 0)} s; load ${loadavg()[0]!.toFixed(1)}`,
    );
    firsts.push(told("first fold, in shards", fold(scratch, datasetId, "shards")));
    laters.push(told("a later one, in shards", fold(scratch, datasetId, "shards")));
    if (rows === sizes[0]) told("all tokens in memory", fold(scratch, datasetId, "memory"));
  }
  for (const [what, peaks] of Object.entries({ "first fold": firsts, "later fold": laters })) {
    const growth = Math.max(...peaks) / peaks[0]!;
    console.log(
      `${growth <= MOST_GROWTH ? "met   " : "MISSED"}  ${what}: ${round(growth)} times the memory of ${sizes[0]} rows, asked for at most ${MOST_GROWTH}`,
    );
  }
});

function seeded({ store }: Scratch, rows: number): Promise<string> {
  const rowOf = (row: number) => ({ text: titleOf(row), classIndex: row % CLASSES });
  return seedDataset(store, syntheticSamples({ rows, classes: CLASSES, rowOf }));
}

/** Ten Chinese characters, of which one speaks for the class. */
function titleOf(row: number): string {
  let state = Math.imul(row + 1, 0x9e3779b1);
  const codes = [0x4e00 + (row % CLASSES)];
  for (let i = 0; i < 9; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    codes.push(0x5000 + Math.floor(((state >>> 0) / 2 ** 32) ** 3 * 4000));
  }
  return String.fromCharCode(...codes);
}

function fold(
  { databaseUrl, folder }: Scratch,
  datasetId: string,
  tokens: WantedFold["tokens"],
): MeasuredFold {
  const wanted: WantedFold = {
    ...{ databaseUrl, datasetId, tokens, storageDir: join(folder, "storage") },
    ...{ steps: Number(options.steps), predicted: Number(options.predicted) },
    backend: options.backend,
  };
  const args = [built("training/memory-child.js"), JSON.stringify(wanted)];
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
  const stdout = execFileSync(process.execPath, args, { env, encoding: "utf8", stdio: "pipe" });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

/** A line, and the peak in bytes. */
function told(what: string, { prepared, peak, seconds, steps }: MeasuredFold): number {
  console.log(
    `  ${what}: ${megabytes(peak)} MB (${megabytes(prepared)} when the rows were ready), ${steps} steps, ` +
      `${round(seconds.prepared, 0)} s and ${round(seconds.trained, 0)} s; load ${loadavg()[0]!.toFixed(1)}`,
  );
  return peak;
}
