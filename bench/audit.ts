// npm run bench:audit -- --data DIR [--python PYTHON] [--runs 3]
// npm run bench:audit -- --generated 300000,2914000 [--classes 428] [--columns 384]
// Seconds from command to files of `winnow audit`, and of the same in Python: reading, TF-IDF, logistic
// regression, cleanlab. DIR holds noisyagnews/samples10000valMed.csv and
// toutiao_15class/toutiao_test_38270.txt. With --generated: files of so many generated titles of 428
// classes, with lengths as those of a crawl; seconds, those of CPU, peak memory, and both seconds a row
// against the first; with --columns the same files once more with generated float16 vectors, beside the
// audit without them. With other work on the machine, only those of CPU can be compared.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeMultilevel } from "./generated/multilevel-file.js";
import { VectorsFile } from "./generated/vectors-file.js";
import { findPython } from "./quality/python-peer.js";
import { cpuSeconds, peakRss } from "./service/figures.js";
import { inBench } from "./service/paths.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    python: { type: "string" },
    runs: { type: "string", default: "3" },
    generated: { type: "string" },
    classes: { type: "string", default: "428" },
    columns: { type: "string" },
  },
});
if (options.data === undefined && options.generated === undefined) {
  console.error(
    "Usage: npm run bench:audit -- --data DIR [--python PYTHON] [--runs 3] | --generated ROWS,ROWS",
  );
  process.exit(2);
}
const CLASSES = Number(options.classes);
const POLL_MS = 200;
const command = inBench("../apps/cli/dist/main.js");
const folder = mkdtempSync(join(tmpdir(), "winnow-bench-audit-"));
const FILES = [
  ["toutiao", "toutiao_15class/toutiao_test_38270.txt"],
  ["csv", "noisyagnews/samples10000valMed.csv"],
] as const;

try {
  if (options.data !== undefined) besidePython(resolve(options.data));
  if (options.generated !== undefined) await ofGenerated(options.generated.split(",").map(Number));
} finally {
  rmSync(folder, { recursive: true });
}

function besidePython(data: string): void {
  const python = findPython(options.python);
  for (const [kind, name] of FILES) {
    const file = join(data, name);
    const ours: number[] = [];
    for (let run = 0; run < Number(options.runs); run++) {
      ours.push(seconds(process.execPath, [command, "audit", file, "--scores", "scores.csv"]));
    }
    const median = ours.sort((a, b) => a - b)[ours.length >> 1]!;
    const peer = seconds(python, [inBench("quality/audit_peer.py"), kind, file, "flags.txt"]);
    console.log(
      `${name}: winnow audit ${median.toFixed(2)} s, Python ${peer.toFixed(2)} s, ${(peer / median).toFixed(1)} times`,
    );
  }
}

async function ofGenerated(sizes: readonly number[]): Promise<void> {
  const categories = Array.from({ length: CLASSES }, (_, i) => `news_${i % 40}/topic_${i}`);
  let first: { seconds: number; cpu: number } | undefined;
  for (const rows of sizes) {
    const file = join(folder, "generated.txt");
    const npy = options.columns === undefined ? undefined : join(folder, "generated.npy");
    await writeGenerated({ rows, categories, file, npy });
    const { peak, ...took } = await measured(["audit", file, "--scores", "scores.csv"]);
    const each = { seconds: took.seconds / rows, cpu: took.cpu / rows };
    first ??= each;
    console.log(
      `${rows} generated titles, ${CLASSES} classes: ${took.seconds.toFixed(1)} s, ` +
        `${took.cpu.toFixed(1)} s of CPU, ${peak} MB, a row ` +
        `${(each.seconds / first.seconds).toFixed(2)} and ${(each.cpu / first.cpu).toFixed(2)} ` +
        `times those of the first; load ${loadavg()[0]!.toFixed(1)}`,
    );
    if (npy === undefined) continue;
    const more = await measured(["audit", file, "--scores", "scores.csv", "--embeddings", npy]);
    console.log(
      `  with vectors of ${options.columns} columns: ${more.seconds.toFixed(1)} s, ` +
        `${more.cpu.toFixed(1)} s of CPU, ${more.peak} MB: ${(more.seconds / took.seconds).toFixed(1)} and ` +
        `${(more.cpu / took.cpu).toFixed(1)} times those without; load ${loadavg()[0]!.toFixed(1)}`,
    );
  }
}

/** A file of titles, and the vectors of its records where they are wanted. */
async function writeGenerated(wanted: {
  readonly rows: number;
  readonly categories: readonly string[];
  readonly file: string;
  readonly npy: string | undefined;
}): Promise<void> {
  const { npy, ...titles } = wanted;
  if (npy === undefined) {
    await writeMultilevel(titles);
    return;
  }
  const columns = Number(options.columns);
  const vectors = await VectorsFile.create(npy, { rows: titles.rows, columns, classes: CLASSES });
  await writeMultilevel({ ...titles, onRow: (category) => vectors.add(category) });
  await vectors.close();
}

/** Seconds, those of CPU, and peak memory of a command; the last two are read as it runs. */
async function measured(
  args: readonly string[],
): Promise<{ seconds: number; cpu: number; peak: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  let peak = 0;
  let cpu = 0;
  const poll = setInterval(() => {
    // Once it has ended both are 0.
    cpu = Math.max(cpu, cpuSeconds([child.pid!]));
    peak = Math.max(peak, peakRss(child.pid));
  }, POLL_MS);
  const [code] = await once(child, "exit");
  clearInterval(poll);
  if (code !== 0) throw new Error(`winnow ${args[0]} ended with ${code}`);
  return { seconds: (performance.now() - startedAt) / 1000, cpu, peak };
}

function seconds(command: string, args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${stderr}`);
  return (performance.now() - startedAt) / 1000;
}
