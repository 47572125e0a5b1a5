// npm run bench:training -- [--backends wasm,tfjs-node] [--batches 32,128] [--blocks 1,4]
//   [--rows 4096] [--repeats 1] [--packages DIR] [--python python3]
// Samples/s of training and prediction (E 128, H 312, 12 heads, I 1248, 428 classes, lengths as the
// real titles'), beside PyTorch in the same run where python has it: all positions, as Hugging Face
// computes, and with the CLS shortcut. wasm runs two folds at once, one a core. With --repeats all
// of them take turns, and the medians are compared. Then each bar, met or missed.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { built, inBench } from "./service/paths.js";
import { checkBars, type Figures, type MeasuredSize, type Program } from "./training/bars.js";
import { makeTexts } from "./training/texts.js";

const { values: options } = parseArgs({
  options: {
    backends: { type: "string", default: "wasm,tfjs-node" },
    batches: { type: "string", default: "32,128" },
    blocks: { type: "string", default: "1,4" },
    rows: { type: "string", default: "4096" },
    repeats: { type: "string", default: "1" },
    packages: { type: "string", default: "" },
    python: { type: "string", default: "python3" },
  },
});
const run = promisify(execFile);
const numbers = (list: string): number[] => list.split(",").map(Number);

const folder = mkdtempSync(join(tmpdir(), "winnow-bench-"));
const file = join(folder, "texts.json");
const { ids, offsets, labels } = makeTexts(Number(options.rows) + 2000);
writeFileSync(file, JSON.stringify({ ids: [...ids], offsets: [...offsets], labels: [...labels] }));
const hasTorch = spawnSync(options.python, ["-c", "import torch"]).status === 0;
if (!hasTorch) console.log(`${options.python} has no torch: no peer, no ratios`);
const measured: MeasuredSize[] = [];
try {
  for (const blocks of numbers(options.blocks)) {
    // Fewer rows where each costs four times as much.
    const rows = Math.round(Number(options.rows) / blocks);
    for (const batch of numbers(options.batches)) {
      measured.push({ blocks, batch, ...(await compare(blocks, batch, rows)) });
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log("");
for (const { text, met } of checkBars(measured))
  console.log(`${met ? "met   " : "MISSED"}  ${text}`);

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
): Promise<Partial<Record<Program, Result>>> {
  console.log(`\n${blocks} block${blocks > 1 ? "s" : ""}, batch ${batch}, ${rows} rows`);
  const programs: Record<string, () => Promise<Result | null>> = {
    ...(hasTorch && {
      all: () => torch(blocks, batch, rows, "all"),
      cls: () => torch(blocks, batch, rows, "cls"),
    }),
    ...Object.fromEntries(
      options.backends.split(",").map((name) => [name, () => ours(name, blocks, batch, rows)]),
    ),
  };
  const rounds: Record<string, Result[]> = {};
  for (let round = 0; round < Number(options.repeats); round++) {
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

/** Folds of one backend: two at once on wasm, whose processes have one thread each. */
async function ours(
  backend: string,
  blocks: number,
  batch: number,
  rows: number,
): Promise<Result | null> {
  const folds = backend === "wasm" ? 2 : 1;
  const args = [backend, blocks, batch, rows, options.packages].map(String);
  try {
    const children = await Promise.all(
      Array.from({ length: folds }, () =>
        run(process.execPath, [built("training/child.js"), ...args]),
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
      name: `${backend}, ${how}, ${first.device}`,
      train: sum("train"),
      predict: sum("predict"),
    };
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error);
    console.log(`  ${backend}: ${said.match(/EncoderError: .*/)?.[0] ?? said}`);
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
