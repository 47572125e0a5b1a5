// npm run bench:training -- [--backends wasm,tfjs-node] [--batches 32,128] [--blocks 1,4]
//   [--rows 4096] [--packages DIR] [--python python3]
// Samples/s of training and prediction (E 128, H 312, 12 heads, I 1248, 428 classes, lengths as the
// real titles'), beside PyTorch in the same run where python has it: all positions, as Hugging Face
// computes, and with the CLS shortcut. wasm runs two folds at once, one a core.
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { makeTexts } from "./training-texts.mjs";

const { values: options } = parseArgs({
  options: {
    backends: { type: "string", default: "wasm,tfjs-node" },
    batches: { type: "string", default: "32,128" },
    blocks: { type: "string", default: "1,4" },
    rows: { type: "string", default: "4096" },
    packages: { type: "string", default: "" },
    python: { type: "string", default: "python3" },
  },
});
const run = promisify(execFile);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const numbers = (list) => list.split(",").map(Number);

const folder = mkdtempSync(join(tmpdir(), "winnow-bench-"));
const file = join(folder, "texts.json");
const { ids, offsets, labels } = makeTexts(Number(options.rows) + 2000);
writeFileSync(file, JSON.stringify({ ids: [...ids], offsets: [...offsets], labels: [...labels] }));
const hasTorch = spawnSync(options.python, ["-c", "import torch"]).status === 0;
if (!hasTorch) console.log(`${options.python} has no torch: no peer, no ratios`);
try {
  for (const blocks of numbers(options.blocks)) {
    // Fewer rows where each costs four times as much.
    const rows = Math.round(Number(options.rows) / blocks);
    for (const batch of numbers(options.batches)) await compare(blocks, batch, rows);
  }
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(blocks, batch, rows) {
  console.log(`\n${blocks} block${blocks > 1 ? "s" : ""}, batch ${batch}, ${rows} rows`);
  const peer = hasTorch ? await torch(blocks, batch, rows, "all") : null;
  const shortcut = hasTorch ? await torch(blocks, batch, rows, "cls") : null;
  if (peer) print("PyTorch, 2 threads, all positions", peer, peer, shortcut);
  if (shortcut) print("PyTorch, 2 threads, CLS shortcut", shortcut, peer, shortcut);
  for (const backend of options.backends.split(",")) {
    const folds = backend === "wasm" ? 2 : 1;
    try {
      const args = [backend, blocks, batch, rows, options.packages].map(String);
      const children = await Promise.all(
        Array.from({ length: folds }, () =>
          run(process.execPath, [here("training-child.mjs"), ...args]),
        ),
      );
      const results = children.map(({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1)));
      const sum = (key) => results.reduce((total, result) => total + result[key], 0);
      const name = `${backend}, ${folds === 1 ? "one process" : "two folds at once"}, ${results[0].device}`;
      print(
        name,
        { train: sum("train"), predict: sum("predict"), rss: results[0].rss },
        peer,
        shortcut,
      );
    } catch (error) {
      console.log(
        `${backend}: ${String(error.stderr ?? error).match(/AlbertError: .*/)?.[0] ?? error}`,
      );
    }
  }
}

async function torch(blocks, batch, rows, way) {
  const args = [here("training_torch.py"), file, blocks, batch, rows, way].map(String);
  return JSON.parse((await run(options.python, args)).stdout);
}

function print(name, result, peer, shortcut) {
  const ratio = (key, other) => (other ? `${(result[key] / other[key]).toFixed(2)}x` : "-");
  console.log(
    `  ${name.padEnd(58)} train ${result.train.toFixed(0).padStart(6)}/s (${ratio("train", peer)} all, ${ratio("train", shortcut)} cls)  predict ${result.predict.toFixed(0).padStart(6)}/s (${ratio("predict", peer)}, ${ratio("predict", shortcut)})${result.rss ? `  ${(result.rss / 1e6).toFixed(0)} MB a process` : ""}`,
  );
}
