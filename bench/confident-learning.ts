// npm run bench:confident-learning [-- --rows 100000,580000] [-- --full]
// Confident learning over seeded float32 probabilities of 428 classes, in memory and from an npy
// file. The yardstick is a plain sum over the same matrix in memory, taken in the same run; the
// peers' figures on that yardstick: cleanlab 2.9.0 with one job about 20 sums at 100,000 rows, the
// call of cleanlab 1.0.1 that Winnow began with about 350. Every measurement has a process of its own. --full adds the whole
// size, 2,906,829 rows from a file of 5 GB. Exit 1 on a missed bar.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Measured, Measurement, Options } from "./confident-learning/measure.js";
import { built } from "./service/paths.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "100000,580000" },
    threads: { type: "string", default: "2" },
    full: { type: "boolean", default: false },
  },
});
const [small = 100_000, large = 580_000] = values.rows.split(",").map(Number);
const threads = Number(values.threads);
const file = join(tmpdir(), `winnow-bench-${process.pid}.npy`);
let missed = 0;

try {
  console.log("seconds  sums   MB   what");
  const easy = run("memory", { n: small, joint: "easy" });
  row("easy joint in memory", easy, { sums: 5 });
  row("dense joint in memory", run("memory", { n: small, joint: "dense" }), { sums: 8 });
  row(`the same with ${threads} threads`, run("memory", { n: small, joint: "dense", threads }), {});
  const big = run("memory", { n: large, joint: "easy" });
  row("easy joint in memory", big, {});
  // by the sums, which grow linearly and share the machine's noise
  const growth = big.sums / easy.sums;
  bar(`growth from ${small} to ${large} rows: ${growth.toFixed(2)} times linear`, growth, 1.15);
  row(`the same with ${threads} threads`, run("memory", { n: large, joint: "easy", threads }), {});
  run("write", { n: large, joint: "easy", file });
  for (const t of [1, threads]) {
    const streamed = run("file", { n: large, joint: "easy", file, threads: t });
    const seconds = streamed.seconds - streamed.readSeconds;
    const beside = { ...streamed, sums: seconds / big.sumSeconds };
    const name = t === 1 ? "npy file" : `npy file with ${t} threads`;
    row(`${name}, of it ${streamed.readSeconds.toFixed(2)} s reading (not in the sums)`, beside, {
      sums: 8,
      megabytes: 300,
    });
  }
  if (values.full) {
    const n = 2_906_829;
    run("write", { n, joint: "dense", file });
    const full = run("file", { n, joint: "dense", file });
    const name = `dense joint, npy file, of it ${full.readSeconds.toFixed(2)} s reading`;
    row(name, { ...full, sums: full.seconds / (big.sumSeconds * (n / large)) }, { megabytes: 600 });
  }
} finally {
  rmSync(file, { force: true });
}
process.exit(missed === 0 ? 0 : 1);

function run<M extends Measurement>(what: M, options: Options): Measured[M] & Options {
  const program = built("confident-learning/measure.js");
  const arguments_ = ["--expose-gc", program, what, JSON.stringify(options)];
  const child = spawnSync(process.execPath, arguments_, { encoding: "utf8", maxBuffer: 1 << 24 });
  if (child.status !== 0) throw new Error(`${what} ${JSON.stringify(options)}: ${child.stderr}`);
  return { ...options, ...JSON.parse(child.stdout) };
}

interface Row {
  readonly n: number;
  readonly seconds: number;
  readonly sums: number;
  readonly megabytes: number;
  readonly flagged: number;
}

function row(name: string, result: Row, bars: { sums?: number; megabytes?: number }): void {
  const { n, seconds, sums, megabytes, flagged } = result;
  const columns = [
    seconds.toFixed(2).padStart(7),
    sums.toFixed(1).padStart(5),
    megabytes.toFixed(0).padStart(5),
  ];
  console.log(`${columns.join(" ")}   ${name}, ${n} rows, ${flagged} flags`);
  if (bars.sums !== undefined) bar(`${sums.toFixed(1)} sums`, sums, bars.sums);
  if (bars.megabytes !== undefined) bar(`${megabytes.toFixed(0)} MB`, megabytes, bars.megabytes);
}

function bar(what: string, value: number, most: number): void {
  const held = value <= most;
  if (!held) missed += 1;
  console.log(`                       ${held ? "held" : "MISSED"}: ${what}, at most ${most}`);
}
