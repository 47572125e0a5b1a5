// npm run bench:training -- [--programs wasm,eager,graph,two-graphs] [--batches 32,128] [--blocks 1,4]
//   [--rows 2048] [--repeats 3] [--packages DIR] [--python python3] [--busy]
// Samples/s of training and prediction (E 128, H 312, 12 heads, I 1248, 428 classes, lengths as the
// real titles'), beside PyTorch in the same run where python has it: all positions, as Hugging Face
// computes, and with the CLS shortcut. `eager` and `graph` are the engines of native TensorFlow;
// wasm runs two folds at once, one a core, and two-graphs as well. All take turns --repeats times,
// and the medians are compared; every program warms up by an epoch of --rows first. Then each bar, met or
// missed, and the table for bench/results/training.md. A busy machine is refused: other work starves some
// programs more than others; --busy measures all the same.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { refuseBusyMachine } from "./service/busy-machine.js";
import { built, inBench } from "./service/paths.js";
import { checkBars, type Figures, type MeasuredSize, type Program } from "./training/bars.js";
import { tableOf } from "./training/table.js";
import { makeTexts } from "./training/texts.js";

const { values: options } = parseArgs({
  options: {
    programs: { type: "string", default: "wasm,eager,graph,two-graphs" },
    batches: { type: "string", default: "32,128" },
    blocks: { type: "string", default: "1,4" },
    rows: { type: "string", default: "2048" },
    repeats: { type: "string", default: "3" },
    busy: { type: "boolean", default: false },
    packages: { type: "string", default: "" },
    python: { type: "string", default: "python3" },
  },
});
/** Rows of a prediction with one block. */
const PREDICTED = 2000;
const run = promisify(execFile);
const numbers = (list: string): number[] => list.split(",").map(Number);

/** What each of our programs runs: folds at once, the backend, its engine, the environment. */
const OURS: Record<string, { folds: number; backend: string; engine: string; env?: object }> = {
  wasm: { folds: 2, backend: "wasm", engine: "eager" },
  eager: { folds: 1, backend: "tfjs-node", engine: "eager" },
  graph: { folds: 1, backend: "tfjs-node", engine: "graph" },
  // As two children of a worker on two cores: each keeps to one.
  "two-graphs": {
    folds: 2,
    backend: "tfjs-node",
    engine: "graph",
    env: { TF_NUM_INTRAOP_THREADS: "1", OMP_NUM_THREADS: "1" },
  },
};

refuseBusyMachine(options.busy);
const folder = mkdtempSync(join(tmpdir(), "winnow-bench-"));
const file = join(folder, "texts.json");
const hasTorch = spawnSync(options.python, ["-c", "import torch"]).status === 0;
if (!hasTorch) console.log(`${options.python} has no torch: no peer, no ratios`);
const measured: MeasuredSize[] = [];
try {
  for (const blocks of numbers(options.blocks)) {
    // Fewer rows where each costs four times as much.
    const rows = Math.round(Number(options.rows) / blocks);
    const tested = Math.round(PREDICTED / blocks);
    writeTexts(rows + tested);
    for (const batch of numbers(options.batches)) {
      measured.push({ blocks, batch, ...(await compare(blocks, batch, rows, tested)) });
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log("");
for (const { text, met } of checkBars(measured))
  console.log(`${met ? "met   " : "MISSED"}  ${text}`);
console.log(`\n${tableOf(measured)}`);

/** For the peer. */
function writeTexts(rows: number): void {
  const { ids, offsets, labels } = makeTexts(rows);
  const texts = { ids: [...ids], offsets: [...offsets], labels: [...labels] };
  writeFileSync(file, JSON.stringify(texts));
}

/** What a program printed, under the name that people read. */
interface Result extends Figures {
  readonly name: string;
  readonly estimate?: number;
}

/** Every program's figures by name; absent where it does not run here. */
async function compare(
  blocks: number,
  batch: number,
  rows: number,
  tested: number,
): Promise<Partial<Record<Program, Result>>> {
  console.log(`\n${blocks} block${blocks > 1 ? "s" : ""}, batch ${batch}, ${rows} rows`);
  const programs: Record<string, () => Promise<Result | null>> = {
    ...(hasTorch && {
      all: () => torch(blocks, batch, rows, "all"),
      cls: () => torch(blocks, batch, rows, "cls"),
    }),
    ...Object.fromEntries(
      options.programs
        .split(",")
        .map((name) => [name, () => ours(name, blocks, batch, rows, tested)]),
    ),
  };
  const rounds: Record<string, Result[]> = {};
  for (let round = 0; round < Number(options.repeats); round++) {
    console.log(`  round ${round + 1}, load average ${loadavg()[0]!.toFixed(2)}`);
    for (const [name, program] of Object.entries(programs)) {
      const result = await program();
      if (result !== null) rounds[name] = [...(rounds[name] ?? []), result];
    }
  }
  const results: Partial<Record<Program, Result>> = Object.fromEntries(
    Object.entries(rounds).map(([name, found]) => [name, medianOf(found)]),
  );
  for (const result of Object.values(results)) print(result, results.all, results.cls);
  return results;
}

/** Folds of one of our programs, summed; null where it does not run here. */
async function ours(
  program: string,
  blocks: number,
  batch: number,
  rows: number,
  tested: number,
): Promise<Result | null> {
  const known = OURS[program];
  if (known === undefined) {
    throw new Error(`--programs ${program}: choose of ${Object.keys(OURS).join(", ")}`);
  }
  const { folds, backend, engine, env } = known;
  const args = [backend, blocks, batch, rows, options.packages, engine, tested].map(String);
  try {
    const children = await Promise.all(
      Array.from({ length: folds }, () =>
        run(process.execPath, [built("training/child.js"), ...args], {
          env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "1", ...env },
        }),
      ),
    );
    const results: (Result & { device: string })[] = children.map(({ stdout }) =>
      JSON.parse(stdout.trim().split("\n").at(-1)!),
    );
    const first = results[0]!;
    const sum = (key: "train" | "predict") =>
      results.reduce((total, result) => total + result[key], 0);
    const how = folds === 1 ? "one process" : "two folds at once";
    return {
      ...first,
      name: `${program}, ${how}, ${first.device}`,
      train: sum("train"),
      predict: sum("predict"),
    };
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error);
    console.log(`  ${program}: ${said.match(/EncoderError: .*/)?.[0] ?? said}`);
    return null;
  }
}

async function torch(
  blocks: number,
  batch: number,
  rows: number,
  way: "all" | "cls",
): Promise<Result> {
  const args = [inBench("training/torch_peer.py"), file, blocks, batch, rows, way].map(String);
  const result = JSON.parse((await run(options.python, args)).stdout);
  const what = way === "all" ? "all positions" : "CLS shortcut";
  return { ...result, name: `PyTorch ${result.torch}, 2 threads, ${what}` };
}

function medianOf(results: readonly Result[]): Result {
  const middle = (key: "train" | "predict" | "rss") =>
    results.map((result) => result[key] ?? 0).sort((a, b) => a - b)[
      Math.floor(results.length / 2)
    ]!;
  const first = results[0]!;
  return {
    ...first,
    train: middle("train"),
    predict: middle("predict"),
    ...(first.rss !== undefined && { rss: middle("rss") }),
  };
}

function print(result: Result, all: Result | undefined, cls: Result | undefined): void {
  const { name, train, predict, rss, estimate } = result;
  const ratio = (key: "train" | "predict", other: Result | undefined) =>
    other ? `${(result[key] / other[key]).toFixed(2)}x` : "-";
  const rate = (key: "train" | "predict", value: number) =>
    `${key} ${value.toFixed(0).padStart(6)}/s (${ratio(key, all)} all, ${ratio(key, cls)} cls)`;
  const memory =
    rss === undefined || estimate === undefined
      ? ""
      : `  ${(rss / 1e6).toFixed(0)} MB a process, estimated ${(estimate / 1e6).toFixed(0)} (${((100 * (estimate - rss)) / rss).toFixed(0)} %)`;
  console.log(`  ${name.padEnd(52)} ${rate("train", train)}  ${rate("predict", predict)}${memory}`);
}
